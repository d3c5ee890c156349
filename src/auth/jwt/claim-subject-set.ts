/** Subjects of claims, as a tree of tokens: thousands of imports and exports are compared with each other. */

interface Node {
  readonly children: Map<string, Node>;
  /** The subject that ends here. */
  subject: string | undefined;
}

const newNode = (): Node => ({ children: new Map(), subject: undefined });

export class ClaimSubjectSet {
  private readonly root = newNode();

  add(subject: string): void {
    let node = this.root;
    for (const token of subject.split('.')) {
      let child = node.children.get(token);
      if (child === undefined) {
        child = newNode();
        node.children.set(token, child);
      }
      node = child;
    }
    node.subject = subject;
  }

  /** Those that contain `subject` and differ from it. */
  containing(subject: string): string[] {
    const tokens = subject.split('.');
    let nodes = [this.root];
    const found = new Set<string>();
    for (const token of tokens) {
      const next: Node[] = [];
      for (const { children } of nodes) {
        keep(found, children.get('>'));
        for (const one of new Set([token, '*'])) {
          const child = children.get(one);
          if (child !== undefined) next.push(child);
        }
      }
      nodes = next;
    }
    for (const node of nodes) keep(found, node);
    found.delete(subject);
    return [...found];
  }

  /** Those that lie within `subject` and differ from it. */
  within(subject: string): string[] {
    const tokens = subject.split('.');
    const last = tokens.length - 1;
    let nodes = [this.root];
    const found = new Set<string>();
    for (const [index, token] of tokens.entries()) {
      if (index === last && token === '>') {
        for (const node of nodes) keepBelow(found, node);
        found.delete(subject);
        return [...found];
      }
      nodes = nodes.flatMap(({ children }) => {
        if (token === '*') return [...children.values()];
        const child = children.get(token);
        return child === undefined ? [] : [child];
      });
    }
    for (const node of nodes) keep(found, node);
    found.delete(subject);
    return [...found];
  }
}

function keep(found: Set<string>, node: Node | undefined): void {
  if (node?.subject !== undefined) found.add(node.subject);
}

/** All but the node itself; without recursion, for subjects may have thousands of tokens. */
function keepBelow(found: Set<string>, node: Node): void {
  const open = [...node.children.values()];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    keep(found, next);
    for (const child of next.children.values()) open.push(child);
  }
}
