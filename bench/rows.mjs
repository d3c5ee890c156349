// The rows of the bench, one entry each: the source of truth for what is measured and how. A new
// group is a new array in `rows`; nothing else needs to change unless it brings a new kind of load.
//
// name    what to type: npm run bench -- <name>
// group   a set of rows, selectable by its name
// title   what the table calls it
// load    the generator's kind of load (bench/load/), with `flags` for it
// guess   messages of the first, unmeasured run, from which the count is calibrated; rows without
//         a guess run for `flags.seconds` instead
// quick   flags that replace others in the smoke run
// server  (context) → { flags, config, websocket } for the server: context has { certs }, a folder;
//         `websocket: true` opens a WebSocket port and the load goes there
// metric  the field of the generator's result that the row is about; `lower` if less is better
// unit    of the metric, a name of bench/table.mjs
// target  the ratio to nats-server to reach, or `limit` for the metric itself
// rounds  at most so many rounds
// check   (result) → text of what is wrong with it, if anything

const MiB = 1024 * 1024;

const publish = [
  ['pub16', '16 B', 16, 400_000, 1.15],
  ['pub128', '128 B', 128, 400_000, 1.15],
  ['pub1k', '1 KiB', 1024, 200_000, 1.15],
  ['pub64k', '64 KiB', 65_536, 3_000, 0.95],
].map(([name, text, size, guess, target]) => ({
  name,
  group: 'core',
  title: `publish only, ${text}`,
  load: 'publish',
  flags: { size },
  guess,
  metric: 'rate',
  unit: 'perSecond',
  target,
}));

const tlsServer = ({ certs }) => ({
  flags: ['--tls', `--tlscert=${certs}/server.pem`, `--tlskey=${certs}/server-key.pem`],
});

const websocketServer = () => ({ websocket: true });

const delivery = [
  ['1:1', '1 publisher, 1 subscriber', {}, 1.1],
  ['1:4', '1 publisher, 4 subscribers', { subscribers: 4 }, 1.15],
  ['4:4', '4 publishers, 4 subscribers', { publishers: 4, subscribers: 4 }, 1.15],
  ['queue4', 'queue group of 4', { subscribers: 4, queue: true }, 1.15],
  ['subjects', '1,000 subjects, 2 wildcards', { subscribers: 2, subjects: 1000 }, 1.15],
  ['churn', 'same, 5,000 SUB+UNSUB/s', { subscribers: 2, subjects: 1000, churn: 5000 }, 1.0],
  ['tls', 'TLS, 1 publisher, 1 subscriber', {}, 1.1, { server: tlsServer, tls: true }],
  ['websocket', 'WebSocket, 1 publisher, 1 subscriber', {}, 1.1, { server: websocketServer }],
].map(([name, title, flags, target, more]) => ({
  name,
  group: 'core',
  title,
  load: 'fanout',
  flags: { size: 128, ...flags },
  guess: 100_000,
  metric: 'rate',
  unit: 'perSecond',
  target,
  ...more,
}));

/** A server too slow for the churn would otherwise win the row by doing less of it. */
const churned = (result) =>
  result.churn_rate < 4500 ? `only ${Math.round(result.churn_rate)} SUB+UNSUB a second` : undefined;
for (const row of delivery) if (row.flags.churn) row.check = churned;

const requests = [
  ['req1', '1 requester', 1, 2_000, 0.95],
  ['req20', '20 requesters', 20, 8_000, 1.1],
].map(([name, title, requesters, guess, target]) => ({
  name,
  group: 'core',
  title: `request/reply, ${title}`,
  load: 'request',
  flags: { size: 128, requesters },
  guess,
  metric: 'rate',
  unit: 'perSecond',
  target,
}));

/** Two accounts, each user with permissions; the stream and the service cross the border. */
const accountsServer = () => ({
  config: `
    accounts {
      EXPORTER {
        users: [
          { user: publisher, password: bench, permissions: {
            publish: { allow: ["bench.>"], deny: ["bench.secret.>"] }, subscribe: "_INBOX.publisher.>" } }
          { user: responder, password: bench, permissions: {
            publish: { deny: ["bench.secret.>"] }, subscribe: "bench.service", allow_responses: true } }
        ]
        exports: [ { stream: "bench.data" }, { service: "bench.service" } ]
      }
      IMPORTER {
        users: [
          { user: subscriber, password: bench, permissions: {
            publish: { deny: ">" }, subscribe: ["bench.>", "_INBOX.subscriber.>"] } }
          { user: requester, password: bench, permissions: {
            publish: "bench.service", subscribe: "_INBOX.requester.>" } }
        ]
        imports: [
          { stream: { account: EXPORTER, subject: "bench.data" } }
          { service: { account: EXPORTER, subject: "bench.service" } }
        ]
      }
    }
  `,
});

const accounts = [
  ['accounts 1:1', 'accounts, imported stream, 1:1', 'fanout', {}, 100_000],
  ['accounts 1:4', 'accounts, imported stream, 1:4', 'fanout', { subscribers: 4 }, 100_000],
  [
    'accounts req20',
    'accounts, imported service, 20 requesters',
    'request',
    { requesters: 20 },
    8_000,
  ],
].map(([name, title, load, flags, guess]) => ({
  name,
  group: 'accounts',
  title,
  load,
  flags: { size: 128, users: true, ...flags },
  guess,
  server: accountsServer,
  metric: 'rate',
  unit: 'perSecond',
  target: 1.0,
}));

const many = [
  {
    name: 'conns500',
    group: 'core',
    title: '500 connections, 100 messages under way',
    load: 'ring',
    flags: { size: 128, connections: 500 },
    guess: 30_000,
    quick: { connections: 50 },
    metric: 'rate',
    unit: 'perSecond',
    target: 0.95,
  },
  {
    name: 'paced500',
    group: 'core',
    title: '500 connections, 5,000 msgs/s in all: p50',
    load: 'paced',
    flags: { size: 128, connections: 500, rate: 5000, seconds: 1.5 },
    quick: { connections: 50, seconds: 0.3 },
    metric: 'p50_us',
    lower: true,
    unit: 'microseconds',
  },
];

const stallWrong = (result) => {
  const wrong = [];
  if (!result.stalled_closed) wrong.push('the stalled subscriber was not closed');
  if (result.others_closed) wrong.push(`${result.others_closed} other connections were closed`);
  if (result.slowest_second === 0) wrong.push('a second without any delivery');
  return wrong.join('; ') || undefined;
};

const memory = [
  {
    name: 'mem-start',
    title: 'memory at start',
    load: 'hold',
    flags: { connections: 0, seconds: 1 },
    quick: { seconds: 0.2 },
  },
  {
    name: 'mem-idle',
    title: 'memory, 1,000 idle connections',
    load: 'hold',
    flags: { connections: 1000, seconds: 2 },
    quick: { connections: 50, seconds: 0.2 },
    limit: 90 * MiB,
  },
  {
    name: 'mem-subs',
    title: 'memory, 100,000 subscriptions',
    load: 'hold',
    flags: { connections: 10, subscriptions: 100_000, seconds: 2 },
    quick: { subscriptions: 1000, seconds: 0.2 },
    limit: 200 * MiB,
  },
  {
    name: 'mem-stall',
    title: 'peak memory, 4 publishers to 100 + 1 stalled',
    load: 'stall',
    flags: { size: 1024, publishers: 4, subscribers: 100, seconds: 15 },
    quick: { size: 128, subscribers: 10, seconds: 1 },
    metric: 'peak_rss',
    check: stallWrong,
    rounds: 1,
    target: 1.0,
  },
].map((row) => ({
  group: 'memory',
  metric: 'rss',
  lower: true,
  unit: 'mebibytes',
  fresh: true,
  rounds: 3,
  ...row,
}));

const start = [
  ['start-ready', 'start to "Server is ready"', 'ready_ms'],
  ['start-info', 'start to the first byte of INFO', 'info_ms'],
].map(([name, title, metric]) => ({
  name,
  group: 'start',
  title,
  load: 'start',
  metric,
  lower: true,
  unit: 'milliseconds',
  rounds: 15,
  // Over a bare `node` that only opens a listener, measured in the same rounds.
  limitOverBare: 100,
}));

export const rows = [
  ...publish,
  ...delivery,
  ...requests,
  ...accounts,
  ...many,
  ...memory,
  ...start,
];

/** The rows of these names or groups, in the table's order; all of them when none is named. */
export function selectRows(names) {
  for (const name of names) {
    if (!rows.some((row) => row.name === name || row.group === name)) {
      const known = [...new Set(rows.flatMap((row) => [row.group, row.name]))].join(' ');
      throw new RangeError(`no row or group named "${name}"; there are: ${known}`);
    }
  }
  if (names.length === 0) return rows;
  return rows.filter((row) => names.includes(row.name) || names.includes(row.group));
}
