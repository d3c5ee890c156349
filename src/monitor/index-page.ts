/** The page at the root: what server this is, and links to every document. */
import { joinPath } from './paths.ts';

const links: readonly (readonly [label: string, path: string])[] = [
  ['General', '/varz'],
  ['JetStream', '/jsz'],
  ['Connections', '/connz'],
  ['Accounts', '/accountz'],
  ['Account Stats', '/accstatz'],
  ['Subscriptions', '/subsz'],
  ['Routes', '/routez'],
  ['LeafNodes', '/leafz'],
  ['Gateways', '/gatewayz'],
  ['Raft Groups', '/raftz'],
  ['Health Probe', '/healthz'],
  ['Expvar', '/debug/vars'],
  ['Prometheus Metrics', '/metrics'],
];

const style = `
    body { font-family: system-ui, sans-serif; margin: 2rem; color: #24303a }
    h1 { font-size: 1.4rem; font-weight: 600 }
    h1 small { color: #67767f; font-weight: 400; font-size: 0.9rem }
    a { display: block; padding: 0.2rem 0; color: #2456a6; text-decoration: none }
    a:hover { text-decoration: underline }
    .endpoint { color: #67767f; font-family: monospace; font-size: 0.8rem }
  `;

/** `basePath` is `http_base_path` as configured; `version` that of nats-server, `own` ours. */
export function indexPage(basePath: string, version: string, own: string): string {
  const items = links.map(([label, path]) => {
    const href = escapeHtml(`.${joinPath(basePath, path)}`);
    return `  <a href="${href}">${label} <span class="endpoint">${path}</span></a>`;
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

/** Text that stays text inside HTML, also inside a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
