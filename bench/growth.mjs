// Is memory flat? Judged on the second half of a run, when caches are full and code is compiled:
// a line is fitted to it, and what that line gains from its first to its last sample is the growth.
import { fitLine } from './statistics.mjs';

const MiB = 1024 * 1024;
/** Growth over the second half that is still called flat: whichever is more. */
const flatBytes = 8 * MiB;
const flatShare = 0.05;
/** A second half shorter than this says nothing: code is still being compiled, the heap still growing. */
const judgedSeconds = 60;

/** @param points [second, bytes] in order of time, at least two */
export function memoryGrowth(points) {
  const half = points.slice(Math.floor(points.length / 2));
  const { slope, intercept } = fitLine(half);
  const [begin] = half[0];
  const [end] = half[half.length - 1];
  const level = intercept + slope * ((begin + end) / 2);
  const bytes = slope * (end - begin);
  const bound = Math.max(flatBytes, flatShare * level);
  const peak = Math.max(...points.map(([, value]) => value));
  return {
    bytes,
    bound,
    level,
    peak,
    seconds: end - begin,
    flat: bytes <= bound,
    judged: end - begin >= judgedSeconds,
  };
}

/** The growth as part of a sentence. */
export function describeGrowth({ bytes, bound, level, peak, seconds, judged }) {
  const text = (value) => `${(value / MiB).toFixed(1)} MiB`;
  return (
    `memory ${text(level)}, peak ${text(peak)}, growth ${text(bytes)} in the last ` +
    `${seconds} s (${judged ? `at most ${text(bound)}` : 'too short to judge'})`
  );
}
