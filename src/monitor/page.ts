/**
 * Offset and limit of a list. Both are 64-bit and printed back as they came, so they stay bigint;
 * nothing is added to them, so nothing overflows (GHSA-q59r-vq66-pxc2).
 */
export interface Page {
  readonly offset: bigint;
  readonly limit: bigint;
}

const defaultLimit = 1024n;

/** Negative offsets are 0; limits of 0 and below are the default 1024. */
export function pageOf(offset: bigint, limit: bigint): Page {
  return { offset: offset < 0n ? 0n : offset, limit: limit <= 0n ? defaultLimit : limit };
}

/** The part of the list that the page shows. */
export function pageSlice<T>(list: readonly T[], page: Page): T[] {
  const length = BigInt(list.length);
  const from = page.offset < length ? page.offset : length;
  const rest = length - from;
  const count = page.limit < rest ? page.limit : rest;
  return list.slice(Number(from), Number(from + count));
}
