import { goJsonProblem } from './go-json-problem.ts';

/**
 * JSON as a tree that loses nothing: numbers keep their text (64-bit integers would not fit a
 * JavaScript number), objects keep every member in order, duplicates included, and none of it can
 * reach a prototype. Neither the scan nor the build recurses, so that depth costs no stack.
 */
export type JsonTree = null | boolean | string | JsonNumber | JsonTree[] | JsonObject;

/** A number as it was written. */
export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Members as they were written. */
export class JsonObject {
  readonly members: [name: string, value: JsonTree][] = [];
}

/** Thrown for what is no JSON, with the text of Go's encoding/json. */
export class JsonTreeError extends Error {
  readonly code = 'ERR_JSON';
}

/** Reads UTF-8; bytes that are none become U+FFFD, as in Go. Throws JsonTreeError. */
export function parseJsonTree(bytes: Buffer): JsonTree {
  const problem = goJsonProblem(bytes.toString('latin1'));
  if (problem !== undefined) throw new JsonTreeError(problem);
  return new TreeBuilder(bytes.toString('utf8')).build();
}

/** A string, a number, a word or a mark. The text was checked before. */
const tokenPattern = /"[^"\\]*(?:\\.[^"\\]*)*"|-?[0-9][0-9.eE+-]*|true|false|null|[[\]{}]/g;

class TreeBuilder {
  private readonly text: string;
  private readonly open: (JsonTree[] | JsonObject)[] = [];
  /** The name of the member whose value comes next. */
  private readonly names: (string | undefined)[] = [];
  private root: JsonTree = null;

  constructor(text: string) {
    this.text = text;
  }

  build(): JsonTree {
    for (const [token] of this.text.matchAll(tokenPattern)) this.take(token);
    return this.root;
  }

  private take(token: string): void {
    const inside = this.open.at(-1);
    if (token === ']' || token === '}') {
      this.open.pop();
      this.names.pop();
    } else if (token.startsWith('"') && inside instanceof JsonObject && !this.named()) {
      this.names[this.names.length - 1] = unquote(token);
    } else {
      this.place(inside, treeOf(token));
    }
  }

  private named(): boolean {
    return this.names.at(-1) !== undefined;
  }

  private place(inside: JsonTree[] | JsonObject | undefined, value: JsonTree): void {
    if (inside === undefined) this.root = value;
    else if (Array.isArray(inside)) inside.push(value);
    else {
      inside.members.push([this.names.at(-1) as string, value]);
      this.names[this.names.length - 1] = undefined;
    }
    if (!Array.isArray(value) && !(value instanceof JsonObject)) return;
    this.open.push(value);
    this.names.push(undefined);
  }
}

function treeOf(token: string): JsonTree {
  switch (token[0]) {
    case '{':
      return new JsonObject();
    case '[':
      return [];
    case '"':
      return unquote(token);
    case 't':
    case 'f':
      return token === 'true';
    case 'n':
      return null;
    default:
      return new JsonNumber(token);
  }
}

/** Escaped halves of surrogate pairs that stand alone become U+FFFD, as in Go. */
function unquote(token: string): string {
  const text = JSON.parse(token) as string;
  return token.includes('\\u') ? Buffer.from(text, 'utf8').toString('utf8') : text;
}
