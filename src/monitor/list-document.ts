/**
 * Documents with a long list. Their JSON is made piece by piece while it is sent, so that a list
 * of every connection or subscription of a large server does not hold up its messages. What an
 * entry shows is then read when its turn comes; the list itself is fixed when it is asked for.
 */
import { goJson } from '../base/go-json.ts';

/** A document whose list has its entries but not yet their texts. */
export interface ListDocument<Entry, Item> {
  /** The document with an empty list under `listKey`, its last member. */
  readonly head: object;
  readonly listKey: string;
  readonly entries: readonly Entry[];
  readonly build: (entry: Entry) => Item;
}

/** Entries per piece: well below a millisecond each. */
const entriesPerPiece = 128;

/** The text of a document with few entries, the pieces of one with many. Two spaces of indent. */
export function listBody<Entry, Item>(
  document: ListDocument<Entry, Item>,
): string | Iterable<string> {
  const { head, listKey, entries, build } = document;
  if (entries.length > entriesPerPiece) return listPieces(document);
  return goJson({ ...head, [listKey]: entries.map(build) }, 2);
}

function* listPieces<Entry, Item>(document: ListDocument<Entry, Item>): Generator<string> {
  const { head, listKey, entries, build } = document;
  const opened = goJson({ ...head, [listKey]: [] }, 2);
  // The list is the last member: `[]`, a line break and the closing brace are cut off.
  yield opened.slice(0, -']\n}'.length);
  for (let at = 0; at < entries.length; at += entriesPerPiece) {
    let piece = '';
    entries.slice(at, at + entriesPerPiece).forEach((entry, i) => {
      const item = goJson(build(entry), 2).replaceAll('\n', '\n    ');
      piece += `${at + i === 0 ? '' : ','}\n    ${item}`;
    });
    yield piece;
  }
  yield '\n  ]\n}';
}
