import assert from 'node:assert/strict';
import test from 'node:test';
import { rttText, timeText, uptimeText } from './time-text.ts';

test('times have up to nine decimals and no trailing zeros', () => {
  const base = Date.UTC(2026, 10, 21, 7, 42, 35);
  assert.equal(timeText(base), '2026-11-21T07:42:35Z');
  assert.equal(timeText(base + 120), '2026-11-21T07:42:35.12Z');
  assert.equal(timeText(base + 1.5), '2026-11-21T07:42:35.0015Z');
  assert.equal(timeText(-1), '1969-12-31T23:59:59.999Z');
  assert.equal(timeText(0.25), '1970-01-01T00:00:00.00025Z');
});

test('uptimes grow from seconds to years', () => {
  const [s, m, h, d] = [1000, 60_000, 3_600_000, 86_400_000];
  assert.equal(uptimeText(999), '0s');
  assert.equal(uptimeText(59 * s), '59s');
  assert.equal(uptimeText(m), '1m0s');
  assert.equal(uptimeText(18 * h + 30 * m + 12 * s), '18h30m12s');
  assert.equal(uptimeText(d + 2 * h + 3 * m + 4 * s), '1d2h3m4s');
  assert.equal(uptimeText(365 * d), '1y0d0h0m0s');
  assert.equal(uptimeText(367 * d + 5 * s), '1y2d0h0m5s');
});

test('round trips are Go durations, whole microseconds below a millisecond', () => {
  assert.equal(rttText(0), '0s');
  assert.equal(rttText(0.841_234), '841\u00b5s');
  assert.equal(rttText(2.478_846), '2.478846ms');
  assert.equal(rttText(0.000_5), '500ns');
  assert.equal(rttText(1500), '1.5s');
});
