/** The page at the root: what server this is, and links to every document. */
import { joinPath } from './paths.ts';

type Link = readonly [label: string, path: string, about: string];

const links: readonly Link[] = [
  ['General', '/varz', 'Identity, limits, configuration and traffic of this server.'],
  ['JetStream', '/jsz', 'Streams, consumers and storage.'],
  ['Connections', '/connz', 'Open or closed connections: ?state=any&amp;sort=bytes_to&amp;subs=1'],
  ['Accounts', '/accountz', 'Accounts, or one of them in detail: ?acc=$G'],
  ['Account Stats', '/accstatz', 'Connections and traffic of each account.'],
  [
    'Subscriptions',
    '/subsz',
    'Interest and its cache; who would get a subject: ?subs=1&amp;test=foo',
  ],
  ['Routes', '/routez', 'Connections to the other servers of the cluster.'],
  ['LeafNodes', '/leafz', 'Leaf nodes that are connected.'],
  ['Gateways', '/gatewayz', 'Connections to other clusters.'],
  ['Raft Groups', '/raftz', 'Consensus groups this server takes part in.'],
  [
    'Health Probe',
    '/healthz',
    'Whether this server is ready; for load balancers and orchestrators.',
  ],
  ['Expvar', '/debug/vars', 'Memory of the process.'],
  ['Prometheus Metrics', '/metrics', 'Everything that is a number, for Prometheus.'],
];

const style = `
    body { font-family: system-ui, sans-serif; margin: 2rem; color: #24303a }
    h1 { font-size: 1.4rem; font-weight: 600 }
    h1 small { color: #67767f; font-weight: 400; font-size: 0.9rem }
    p { margin: 0 0 0.7rem }
    a { display: block; color: #2456a6; text-decoration: none }
    a:hover { text-decoration: underline }
    .endpoint { color: #67767f; font-family: monospace; font-size: 0.8rem }
  `;

/** `basePath` is `http_base_path` as configured; `version` that of nats-server, `own` ours. */
export function indexPage(basePath: string, version: string, own: string): string {
  const base = joinPath('/', basePath);
  const items = links.map(([label, path, about]) => {
    const href = escapeHtml(`.${joinPath(base, path)}`);
    const link = `<a href="${href}">${label} <span class="endpoint">${path}</span></a>`;
    return `  <p>${link}${about}</p>`;
  });
  return `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>tnatsd</title>
  <style>${style}</style>
</head>
<body>
  <h1>tnatsd <small>v${escapeHtml(own)} &middot; nats-server v${escapeHtml(version)}</small></h1>
${items.join('\n')}
</body>
</html>
`;
}

/** Text that stays text inside HTML, also in a quoted attribute; the references that Go writes. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (char) => references.get(char) ?? char);
}

const references = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&#34;'],
  ["'", '&#39;'],
]);
