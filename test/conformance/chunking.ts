/** Ways to cut a byte stream before it goes on the wire; the server must not notice. */

/** Uniform in [0, n). The same seed gives the same cuts. */
export type Below = (n: number) => number;

/** mulberry32: small, seeded, good enough to choose cuts. */
export function seededBelow(seed: number): Below {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4_294_967_296) * n);
  };
}

export type Cut = (data: Buffer) => Buffer[];

export const whole: Cut = (data) => [data];

/** Every byte its own write, up to a limit; the rest of a long payload in one piece. */
export const byteByByte: Cut = (data) => {
  const limit = Math.min(data.length, 600);
  const chunks: Buffer[] = [];
  for (let i = 0; i < limit; i += 1) chunks.push(data.subarray(i, i + 1));
  if (limit < data.length) chunks.push(data.subarray(limit));
  return chunks;
};

/** Random pieces: mostly short, so that keywords, sizes and line ends are cut too. */
export function randomCut(below: Below): Cut {
  return (data) => {
    const chunks: Buffer[] = [];
    let at = 0;
    while (at < data.length) {
      const size = 1 + (below(3) > 0 ? below(8) : below(Math.max(8, data.length >> 2)));
      chunks.push(data.subarray(at, at + size));
      at += size;
    }
    return chunks;
  };
}
