/** Pieces of configuration files. */
import { publicKeyOf } from '../conformance/keys.ts';
import { crossing, type Rules, type SubjectRules } from './permission-cases.ts';

/** The three ways in; `more` goes into the websocket block. */
export function listeners(more = '', tls = ''): string {
  const files =
    'cert_file: "@CERTS@/server.pem", key_file: "@CERTS@/server-key.pem", ca_file: "@CERTS@/ca.pem"';
  return `
    tls { ${files}${tls} }
    allow_non_tls: true
    websocket { listen: "127.0.0.1:-1", ${tls === '' ? 'no_tls: true' : `tls { ${files}${tls} }`}${more} }
    `;
}

const list = (items: string[]) => `[${items.map((one) => JSON.stringify(one)).join(', ')}]`;

function side(name: string, rules: SubjectRules | undefined): string {
  const parts = Object.entries(rules ?? {}).map(([verb, items]) => `${verb}: ${list(items)}`);
  return rules ? `${name}: { ${parts.join(', ')} }` : '';
}

/** As the value of `permissions`. */
export function written({ pub, sub, responses }: Rules): string {
  const times = responses && `{ max: ${responses.max}, expires: "${responses.ttlSeconds}s" }`;
  const answers = times ? `allow_responses: ${times}` : '';
  const parts = [side('publish', pub), side('subscribe', sub), answers];
  return `{ ${parts.filter((part) => part !== '').join(', ')} }`;
}

export const limitedTo = (rules: Rules | undefined) =>
  rules ? `, permissions: ${written(rules)}` : '';
export const onlyOver = (type: string) => `, allowed_connection_types: [${type}]`;
export const passwordUser = (user: string, password: string, more = '') =>
  `{ user: ${JSON.stringify(user)}, password: ${JSON.stringify(password)}${more} }\n`;
export const nkeyUser = (name: string, more = '') => `{ nkey: ${publicKeyOf(name)}${more} }\n`;
/** Who may do everything. */
export const peer = passwordUser('peer', 'peer');

/** The accounts A, of which everybody is, and B, from which it imports; `more` is for A. */
export function accounts(users: string, more = ''): string {
  const services = crossing.services.map(
    ([from, to]) => `{ service: { account: B, subject: "${from}" }, to: "${to}" }`,
  );
  const streams = crossing.streams.map(
    ([from, to]) => `{ stream: { account: B, subject: "${from}" }, to: "${to}" }`,
  );
  return `accounts {
    A { users [ ${users} ], imports [ ${[...services, ...streams].join(', ')} ]${more} }
    B { users [ ${passwordUser('exporter', 'exporter')} ], exports [ ${crossing.exports} ] }
  }\n`;
}
