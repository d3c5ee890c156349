/** Requests to the WebSocket port, good and odd, that are asked of the real server and of ours. */

export interface UpgradeCase {
  readonly name: string;
  /** One of `configs`. */
  readonly config: keyof typeof configs;
  /** Sent one after the other with a pause between them; one character per byte. */
  readonly pieces: readonly string[];
}

const block = (more: string) => `websocket { listen: "127.0.0.1:-1", no_tls: true${more} }\n`;

/** Configuration files by name. */
export const configs = {
  plain: block(''),
  compressed: block(', compression: true'),
  headers: block(', headers { X-One: "1 2", x-two: "b" }'),
  same: block(', same_origin: true'),
  origins: block(', allowed_origins: ["http://a.com", "https://B.com:444", "http://[::1]:81"]'),
  both: block(', same_origin: true, allowed_origins: ["http://h"]'),
} as const;

const key = 'dGhlIHNhbXBsZSBub25jZQ==';
const usual = {
  Host: 'h',
  Upgrade: 'websocket',
  Connection: 'Upgrade',
  'Sec-WebSocket-Key': key,
  'Sec-WebSocket-Version': '13',
};

/** A request for an upgrade with other headers: undefined leaves one out, a list repeats it. */
function request(
  headers: Record<string, string | string[] | undefined> = {},
  line = 'GET / HTTP/1.1',
  end = '\r\n',
): string {
  const all: Record<string, string | string[] | undefined> = { ...usual, ...headers };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    [value ?? []].flat().map((one) => `${name}: ${one}`),
  );
  return [line, ...lines, '', ''].join(end);
}

const cases: UpgradeCase[] = [];
function add(name: string, ...pieces: string[]): void {
  cases.push({ name, config: 'plain', pieces });
}
function addFor(config: keyof typeof configs, name: string, ...pieces: string[]): void {
  cases.push({ name, config, pieces });
}

add('usual', request());
add('any path', request({}, 'GET /some/where?x=1 HTTP/1.1'));
add('byte by byte', ...request());
add('line feeds only', request({}, 'GET / HTTP/1.1', '\n'));
add('HTTP/1.0', request({}, 'GET / HTTP/1.0'));
add('HTTP/1.0 without Host', request({ Host: undefined }, 'GET / HTTP/1.0'));
add('HTTP/1.2', request({}, 'GET / HTTP/1.2'));
add('HTTP/2.0', request({}, 'GET / HTTP/2.0'));
add('HTTP/1.1.1', request({}, 'GET / HTTP/1.1.1'));
add('no version', request({}, 'GET /'));
add('no target', request({}, 'GET  HTTP/1.1'));
add('two blanks', request({}, 'GET  / HTTP/1.1'));
add('not HTTP', 'CONNECT {}\r\nPING\r\n');
add('TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n');
add('a frame at once', '\x82\x86\x00\x00\x00\x00PING\r\n');
add('empty line first', `\r\n${request()}`);
add('POST', request({}, 'POST / HTTP/1.1'));
add('POST with a body', `${request({ 'Content-Length': '5' }, 'POST / HTTP/1.1')}hello`);
add('HEAD', request({}, 'HEAD / HTTP/1.1'));
add('OPTIONS', request({}, 'OPTIONS / HTTP/1.1'));
add('OPTIONS *', request({}, 'OPTIONS * HTTP/1.1'));
add('GET *', request({}, 'GET * HTTP/1.1'));
add('lower case method', request({}, 'get / HTTP/1.1'));
add('method with odd letters', request({}, 'GE(T / HTTP/1.1'));
add('CONNECT method', request({}, 'CONNECT h:80 HTTP/1.1'));
add('relative target', request({}, 'GET foo HTTP/1.1'));
add('whole URL', request({ Host: 'other' }, 'GET http://h/x HTTP/1.1'));
add('whole URL without Host', request({ Host: undefined }, 'GET http://h/x HTTP/1.1'));
add('bad escape', request({}, 'GET /%zz HTTP/1.1'));
add('path that is not clean', request({}, 'GET /a/../b//c?q=1 HTTP/1.1'));
add('two slashes', request({}, 'GET //b HTTP/1.1'));
add('mqtt', request({}, 'GET /mqtt HTTP/1.1'));
add('mqtt below a path', request({}, 'GET /x/mqtt HTTP/1.1'));
add('mqtt with a query', request({}, 'GET /mqtt?a=b HTTP/1.1'));
add('mqtt, no upgrade', request({ Upgrade: undefined }, 'POST /mqtt HTTP/1.1'));
add('mqtt escaped', request({}, 'GET /m%71tt HTTP/1.1'));
add('leafnode', request({}, 'GET /leafnode HTTP/1.1'));
add('no Host', request({ Host: undefined }));
add('empty Host', request({ Host: '' }));
add('two Hosts', request({ Host: ['a', 'b'] }));
add('malformed Host', request({ Host: 'a b' }));
add('no Upgrade', request({ Upgrade: undefined }));
add('other Upgrade', request({ Upgrade: 'h2c' }));
add('Upgrade in a list', request({ Upgrade: 'h2c , WebSocket' }));
add('Upgrade with a version', request({ Upgrade: 'websocket/13' }));
add('no Connection', request({ Connection: undefined }));
add('Connection keep-alive', request({ Connection: 'keep-alive' }));
add('Connection close', request({ Connection: 'close' }));
add('Connection in lists', request({ Connection: ['keep-alive', 'close, upgrade'] }));
add('no key', request({ 'Sec-WebSocket-Key': undefined }));
add('short key', request({ 'Sec-WebSocket-Key': 'AAAA' }));
add('key that is not base64', request({ 'Sec-WebSocket-Key': '!!!!' }));
add('key without padding', request({ 'Sec-WebSocket-Key': key.slice(0, -2) }));
add('two keys', request({ 'Sec-WebSocket-Key': [key, 'x'] }));
add('no version header', request({ 'Sec-WebSocket-Version': undefined }));
add('version 8', request({ 'Sec-WebSocket-Version': '8' }));
add('versions', request({ 'Sec-WebSocket-Version': '8, 13' }));
add('names in any case', request().replaceAll(/Sec-WebSocket/g, 'sEC-wEBsOCKET'));
add('blank before a colon', request({ 'X-A ': '1' }));
add('odd letter in a name', request({ 'X(A': '1' }));
add('no colon', request().replace('Host: h', 'Host: h\r\nnonsense'));
add('empty name', request().replace('Host: h', 'Host: h\r\n: x'));
add('folded header', request().replace('Upgrade: websocket', 'Upgrade: h2c,\r\n websocket'));
add('first header folded', request().replace('Host: h', ' x: y\r\nHost: h'));
add('control character in a value', request({ 'X-A': 'a\x01b' }));
add('high character in a value', request({ 'X-A': 'a\xe9b' }));
add('chunked', request({ 'Transfer-Encoding': 'chunked' }));
add('other transfer encoding', request({ 'Transfer-Encoding': 'gzip' }));
add('bad length', request({ 'Content-Length': 'x' }));
add('two lengths', request({ 'Content-Length': ['1', '2'] }));
add('Expect', request({ Expect: '100-continue', Upgrade: undefined }));
add('other Expect', request({ Expect: 'wonders' }));
add('extensions not configured', request({ 'Sec-WebSocket-Extensions': 'permessage-deflate' }));
add('no masking', request({ 'Nats-No-Masking': 'true' }));
add('no masking, other value', request({ 'Nats-No-Masking': 'TRUE' }));
add('protocols', request({ 'Sec-WebSocket-Protocol': 'nats, mqtt' }));
add('frames behind the request', `${request()}\x82\x86\x00\x00\x00\x00PING\r\n`);
add('a second request behind', request() + request());
add('refused, then good', request({ Upgrade: undefined }), request());
add('refused and good at once', request({ Upgrade: undefined }) + request());
add(
  'a body to skip, then good',
  `${request({ 'Content-Length': '5', Upgrade: undefined })}hel`,
  `lo${request()}`,
);
add('cookies nobody asked for', request({ Cookie: 'a=b; c="d"' }));

for (const [name, value] of Object.entries({
  usual: 'permessage-deflate',
  'with parameters': 'permessage-deflate; client_max_window_bits; server_max_window_bits=10',
  'in a list': 'x-other, Permessage-Deflate; server_no_context_takeover',
  'behind a semicolon': 'x; permessage-deflate',
  other: 'x-webkit-deflate-frame',
  quoted: '"permessage-deflate"',
})) {
  addFor('compressed', `extensions: ${name}`, request({ 'Sec-WebSocket-Extensions': value }));
}
addFor('compressed', 'no extensions', request());
addFor('headers', 'own headers', request());
for (const [name, headers] of Object.entries({
  none: {},
  same: { Origin: 'http://h' },
  'same, port named': { Origin: 'http://H:80', Host: 'h' },
  'same, other port': { Origin: 'http://h:81' },
  'other scheme': { Origin: 'https://h', Host: 'h:443' },
  'other host': { Origin: 'http://evil' },
  allowed: { Origin: 'http://A.com' },
  'allowed with TLS': { Origin: 'https://b.com:444' },
  'allowed host, other scheme': { Origin: 'https://a.com:80' },
  'allowed IPv6': { Origin: 'http://[::1]:81' },
  null: { Origin: 'null' },
  path: { Origin: '/x' },
  'not a URL': { Origin: 'http://a b' },
  'bad port': { Origin: 'http://h:x' },
  'old name': { 'Sec-WebSocket-Origin': 'http://evil' },
  'both names': { Origin: 'http://h', 'Sec-WebSocket-Origin': 'http://evil' },
  file: { Origin: 'file://' },
})) {
  for (const config of ['same', 'origins', 'both'] as const) {
    addFor(config, `origin, ${config}: ${name}`, request(headers));
  }
}

export const upgradeCases: readonly UpgradeCase[] = cases;
