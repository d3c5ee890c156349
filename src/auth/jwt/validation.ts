/** What validation found in claims, in the words of the official library. */
export interface Issue {
  readonly text: string;
  /** The claims must not be used. */
  readonly blocking: boolean;
  /** Expired or not valid yet: whether that blocks depends on the place. */
  readonly timeCheck: boolean;
}

/** Issues kept of one JWT: who writes thousands of bad exports needs no longer list. */
export const issuesMax = 1000;

export class Issues {
  readonly list: Issue[] = [];

  error(text: string): void {
    this.add({ text, blocking: true, timeCheck: false });
  }

  warning(text: string): void {
    this.add({ text, blocking: false, timeCheck: false });
  }

  timeCheck(text: string): void {
    this.add({ text, blocking: false, timeCheck: true });
  }

  /** May the claims not be used? `withTimeChecks`: nor when they are expired or not valid yet. */
  blocks(withTimeChecks: boolean): boolean {
    return this.list.some((issue) => issue.blocking || (withTimeChecks && issue.timeCheck));
  }

  /** Texts of the blocking ones. */
  get errors(): string[] {
    return this.list.filter((issue) => issue.blocking).map((issue) => issue.text);
  }

  /** Beyond the maximum only what changes the verdict of `blocks` is kept. */
  private add(issue: Issue): void {
    if (this.list.length < issuesMax || !this.list.some((one) => sameKind(one, issue))) {
      this.list.push(issue);
    }
  }
}

function sameKind(a: Issue, b: Issue): boolean {
  return a.blocking === b.blocking && a.timeCheck === b.timeCheck;
}
