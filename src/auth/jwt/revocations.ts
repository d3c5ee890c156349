/** Stands for every key in a list of revocations. */
export const allKeys = '*';

/** Was what `key` got at `issuedAt` (seconds) revoked, or all of that time? */
export function isRevoked(
  revocations: ReadonlyMap<string, number>,
  key: string,
  issuedAt: number,
): boolean {
  const covers = (upTo: number | undefined) => upTo !== undefined && upTo >= issuedAt;
  return covers(revocations.get(key)) || covers(revocations.get(allKeys));
}
