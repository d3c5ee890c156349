import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Row, rows, selectRows } from '../../bench/rows.mjs';
import { type Measured, renderTable, summarize, verdict } from '../../bench/table.mjs';

test('rows are chosen by name and by group, in the order of the table', () => {
  const names = (chosen: Row[]) => chosen.map((row) => row.name);
  assert.deepEqual(names(selectRows(['4:4', 'pub16'])), ['pub16', '4:4']);
  assert.ok(names(selectRows(['memory'])).every((name) => name.startsWith('mem-')));
  assert.deepEqual(selectRows([]), rows);
  assert.throws(() => selectRows(['pub17']), /no row or group named "pub17".*pub16/s);
});

test('no name stands for two things', () => {
  const names = rows.map((row) => row.name);
  assert.equal(new Set(names).size, names.length);
  for (const row of rows) assert.ok(!names.includes(row.group));
});

function measured(ours: number[], theirs: number[], row: Partial<Row>): Measured {
  const field = row.metric ?? 'rate';
  const results = (values: number[]) => values.map((value) => ({ [field]: value }));
  return {
    row: {
      name: 'x',
      group: 'core',
      title: 'some row',
      load: 'publish',
      metric: 'rate',
      unit: 'perSecond',
      ...row,
    },
    work: {},
    samples: { reference: results(theirs), tested: results(ours) },
  };
}

test('the ratio is the median of the pairs, not the ratio of the medians', () => {
  // Pairs 2, 2, 0.5: whoever ran while the machine was slow is compared with its neighbour.
  const summary = summarize(measured([20, 2, 5], [10, 1, 10], {}));
  assert.equal(summary.arms.tested?.ratio.median, 2);
});

test('a goal is judged on the median, and a row without numbers misses it', () => {
  const judge = (one: Measured) => verdict(one.row, summarize(one));
  assert.equal(judge(measured([12, 13, 12], [10, 10, 10], { target: 1.2 })), true);
  assert.equal(judge(measured([12, 11, 11], [10, 10, 10], { target: 1.2 })), false);
  assert.equal(judge(measured([], [10], { target: 1.2 })), false);
  assert.equal(judge(measured([91], [50], { metric: 'rss', lower: true, limit: 90 })), false);
  assert.equal(judge(measured([90], [50], { metric: 'rss', lower: true, limit: 90 })), true);
  assert.equal(judge(measured([1], [50], {})), undefined);
});

test('the table has one aligned line per row and says what fell short', () => {
  const one = measured([2e6, 2e6], [4e6, 1e6], { target: 3 });
  const arms = [
    { id: 'reference', label: 'nats-server' },
    { id: 'tested', label: 'tnatsd' },
  ];
  const lines = renderTable([{ ...one, summary: summarize(one) }], arms, true).split('\n');
  assert.equal(lines.length, 3);
  assert.equal(new Set(lines.map((line) => line.length)).size, 1);
  assert.match(lines[2] ?? '', /x: some row .* 2\.50 M\/s .* 2\.00 M\/s .* 1\.25 .* ≥ 3\.00 SHORT/);
});
