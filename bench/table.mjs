// Turns measured rows into the summary (numbers) and the summary into a table (text).
import { quartiles, ratios } from './statistics.mjs';

const MiB = 1024 * 1024;

/** By unit: from the number that sets the scale, how to print numbers of its size, and its name. */
const units = {
  perSecond: (n) =>
    n >= 1e6 ? [(x) => (x / 1e6).toFixed(2), 'M/s'] : [(x) => (x / 1e3).toFixed(1), 'k/s'],
  microseconds: () => [(x) => x.toFixed(0), 'µs'],
  milliseconds: () => [(x) => x.toFixed(0), 'ms'],
  mebibytes: () => [(x) => (x / MiB).toFixed(1), 'MiB'],
};

function withUnit(row, value) {
  const [format, name] = units[row.unit](value);
  return `${format(value)} ${name}`;
}

function median(results, field) {
  const values = results.map((result) => result?.[field]).filter((value) => value !== undefined);
  return values.length > 0 ? quartiles(values).median : undefined;
}

const extras = [
  'others_cpu',
  'server_cpu_ns',
  'client_cpu_ns',
  'p50_us',
  'p99_us',
  'info_ms',
  'churn_rate',
  'slowest_second',
  'rate',
];

/** One row's numbers: by arm the metric's quartiles, extras' medians, ratio to the reference. */
export function summarize({ row, work, samples }) {
  const { reference } = samples;
  const metric = (results) => results.map((result) => result?.[row.metric] ?? Number.NaN);
  const arms = {};
  for (const [id, results] of Object.entries(samples)) {
    const values = metric(results);
    const pairs = ratios(values, metric(reference), !row.lower);
    arms[id] = { [row.metric]: quartiles(values.filter((value) => value >= 0)), pairs };
    arms[id].ratio = quartiles(pairs);
    for (const field of extras) {
      const value = field === row.metric ? undefined : median(results, field);
      if (value !== undefined) arms[id][field] = value;
    }
  }
  return { name: row.name, title: row.title, metric: row.metric, unit: row.unit, work, arms };
}

/** Does the tested arm reach what the row asks? undefined when the row asks nothing. */
export function verdict(row, summary) {
  const tested = summary.arms.tested;
  const value = tested?.[row.metric].median;
  if (!(value >= 0)) return row.target || row.limit || row.limitOverBare ? false : undefined;
  if (row.target) return tested.ratio.median >= row.target;
  if (row.limit) return value <= row.limit;
  if (row.limitOverBare) return value - summary.arms.bare[row.metric].median <= row.limitOverBare;
  return undefined;
}

function goal(row, summary) {
  const reached = verdict(row, summary);
  if (reached === undefined) return '';
  const mark = reached ? 'ok' : 'SHORT';
  if (row.target) return `≥ ${row.target.toFixed(2)} ${mark}`;
  if (row.limit) return `≤ ${withUnit(row, row.limit)} ${mark}`;
  const bare = summary.arms.bare[row.metric].median;
  return `≤ bare node (${withUnit(row, bare)}) + ${row.limitOverBare} ms ${mark}`;
}

const spread = ({ q1, q3 }, format) => (q1 === q3 ? '' : ` (${format(q1)}–${format(q3)})`);
const factor = (n) => n.toFixed(2);

function amount(arm, row) {
  const value = arm?.[row.metric];
  if (!value?.n) return '-';
  const [format] = units[row.unit](value.median);
  return withUnit(row, value.median) + spread(value, format);
}

/** Share of a core from which one publisher's own work is called the limit of a publish only row. */
const boundShare = 0.85;

/** With a server this fast the generator is what is measured: the true ratio is higher. */
function clientBound(arm, row) {
  return row.load === 'publish' && (arm.client_cpu_ns * arm.rate.median) / 1e9 >= boundShare;
}

function ratioText(arm, row) {
  if (!arm?.ratio.n) return '-';
  const text = factor(arm.ratio.median) + spread(arm.ratio, factor);
  return clientBound(arm, row) ? `${text} client-bound` : text;
}

/** Cores that programs outside this bench kept busy: how far to trust the row. */
function otherCpu(each) {
  const cores = each.map((arm) => arm?.others_cpu).filter((value) => value !== undefined);
  return cores.length > 0 ? Math.max(...cores).toFixed(2) : '';
}

const cpu = (arm) => (arm?.server_cpu_ns ? (arm.server_cpu_ns / 1000).toFixed(2) : '-');

function latency(arm) {
  const p50 = arm?.p50_us?.median ?? arm?.p50_us;
  return arm?.p99_us === undefined ? '' : `${Math.round(p50)}/${Math.round(arm.p99_us)}`;
}

/** The table: one line per row, columns aligned, readable as Markdown; `judge` adds the goals. */
export function renderTable(measured, arms, judge) {
  const [reference, ...others] = arms;
  const head = ['row', reference.label];
  for (const arm of others) head.push(arm.label, `× ${reference.label}`);
  // The last columns have one number per server, in the order of the columns before them.
  head.push('server CPU µs/msg', 'p50/p99 µs', 'other CPU', 'goal');
  const lines = measured.map(({ row, summary }) => {
    const cells = [`${row.name}: ${row.title}`, amount(summary.arms.reference, row)];
    for (const arm of others)
      cells.push(amount(summary.arms[arm.id], row), ratioText(summary.arms[arm.id], row));
    const each = arms.map((arm) => summary.arms[arm.id]);
    cells.push(
      each
        .map(cpu)
        .join(' / ')
        .replace(/^[-/ ]+$/, ''),
    );
    cells.push(each.map(latency).join(' ').trim(), otherCpu(each));
    cells.push(judge ? goal(row, summary) : '');
    return cells;
  });
  return alignColumns([head, ...lines]);
}

function alignColumns(lines) {
  const widths = lines[0].map((_, i) => Math.max(...lines.map((cells) => cells[i].length)));
  const text = (cells) => `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [text(lines[0]), rule, ...lines.slice(1).map(text)].join('\n');
}
