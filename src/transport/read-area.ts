/**
 * The one buffer every stream of this process delivers into. Parsing runs to completion inside the
 * read callback, so nothing in it outlives the callback and no socket needs a read buffer of its
 * own. The headroom in front takes what the last chunk of a connection left over; the slack behind
 * lets copies and number reads run past the end.
 */
import { allocate } from '../base/arena.ts';

const headroom = 16 * 1024;
/** What one read may bring. 64 KiB stays in the cache of the core that parses it. */
const capacity = 64 * 1024;
const slack = 64;

export interface ReadArea {
  readonly buffer: Buffer;
  /** Where `buffer` lies in the arena, -1 outside. */
  readonly base: number;
  readonly view: DataView;
  readonly headroom: number;
  readonly capacity: number;
  /** The part that is read into. */
  readonly target: Buffer;
}

function createReadArea(): ReadArea {
  const { buffer, base } = allocate(headroom + capacity + slack);
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  return {
    buffer,
    base,
    view,
    headroom,
    capacity,
    target: buffer.subarray(headroom, headroom + capacity),
  };
}

export const readArea: ReadArea = createReadArea();
