/** The command line as it may be shown: no passwords, tokens or user information of URLs. */
const secretFlags = new Set(['pass', 'auth', 'user']);
const mask = '[REDACTED]';

export function redactCommandLine(words: readonly string[]): string[] {
  let hideNext = false;
  return words.map((word) => {
    if (hideNext) {
      hideNext = false;
      return mask;
    }
    const flag = /^--?([A-Za-z_]+)(=?)/.exec(word);
    if (flag !== null && secretFlags.has((flag[1] ?? '').toLowerCase())) {
      if (flag[2] === '=') return `${flag[0]}${mask}`;
      hideNext = true;
      return word;
    }
    return redactUrls(word);
  });
}

/**
 * `nats://user:password@host` in a word, also several behind commas, with or without a scheme. What
 * merely looks like it is hidden too.
 */
function redactUrls(word: string): string {
  return word.replaceAll(/(^|\/\/|,)[^/\s]*@/g, `$1${mask}@`);
}
