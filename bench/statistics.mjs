// The few numbers that the comparison is made of. Medians and quartiles, not means: on a shared
// machine the outliers are other people's work.

/** The p-quantile (0…1) of some numbers, interpolated linearly; NaN of nothing. */
export function quantile(values, p) {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * p;
  const low = Math.floor(at);
  const high = Math.ceil(at);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
}

/** Lower quartile, median and upper quartile. */
export function quartiles(values) {
  return {
    q1: quantile(values, 0.25),
    median: quantile(values, 0.5),
    q3: quantile(values, 0.75),
    n: values.length,
  };
}

/**
 * How much better `ours` is than `theirs`, pair by pair (same index, same round): above 1 is
 * better, whichever direction the metric has. Pairs with a missing half are left out.
 */
export function ratios(ours, theirs, higherIsBetter) {
  const out = [];
  for (let i = 0; i < Math.min(ours.length, theirs.length); i++) {
    const a = ours[i];
    const b = theirs[i];
    if (!(a > 0) || !(b > 0)) continue;
    out.push(higherIsBetter ? a / b : b / a);
  }
  return out;
}

/** Least squares line through points [x, y]. */
export function fitLine(points) {
  const n = points.length;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / n;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / n;
  let over = 0;
  let under = 0;
  for (const [x, y] of points) {
    over += (x - meanX) * (y - meanY);
    under += (x - meanX) ** 2;
  }
  const slope = under === 0 ? 0 : over / under;
  return { slope, intercept: meanY - slope * meanX };
}

/**
 * The order of the arms in each round. Every arm meets every place equally often over a full
 * cycle, and each round is followed by its mirror image, so that a machine that slowly speeds up
 * or down favours nobody.
 */
export function roundOrder(arms, round) {
  const shift = Math.floor(round / 2) % arms.length;
  const turned = [...arms.slice(shift), ...arms.slice(0, shift)];
  return round % 2 === 0 ? turned : turned.reverse();
}
