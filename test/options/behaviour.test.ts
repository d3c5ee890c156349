import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { startTestServer, type TestServer } from '../../src/testing.ts';

/*
 * What options do, seen from a client: each test starts a server with a configuration and talks to
 * it over a socket. The table of options (src/options) names these tests.
 */

class Client {
  private text = '';
  private readonly socket: Socket;
  private closed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => (this.text += chunk));
    socket.on('close', () => (this.closed = true));
    socket.on('error', () => {});
  }

  static async open(port: number): Promise<Client> {
    const socket = connect(port, '127.0.0.1');
    const client = new Client(socket);
    await once(socket, 'connect');
    return client;
  }

  send(text: string): void {
    this.socket.write(text);
  }

  /** Everything received so far, once `pattern` matches it or the server closed the connection. */
  async until(pattern: RegExp, ms = 5000): Promise<string> {
    const end = Date.now() + ms;
    while (!pattern.test(this.text)) {
      if (Date.now() > end) assert.fail(`no ${pattern} in ${JSON.stringify(this.text)}`);
      if (this.closed) return this.text;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return this.text;
  }

  async untilClosed(ms = 5000): Promise<string> {
    const end = Date.now() + ms;
    while (!this.closed) {
      if (Date.now() > end) assert.fail(`still open after ${JSON.stringify(this.text)}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return this.text;
  }

  async info(): Promise<Record<string, unknown>> {
    const line = await this.until(/INFO .*\r\n/);
    return JSON.parse(line.slice(5, line.indexOf('\r\n'))) as Record<string, unknown>;
  }

  end(): void {
    this.socket.destroy();
  }
}

async function withServer(
  config: string,
  run: (server: TestServer) => Promise<void>,
  more: object = {},
): Promise<void> {
  const server = await startTestServer({ config, ...more });
  try {
    await run(server);
  } finally {
    await server.close();
  }
}

/** Sends `text` after connecting and returns what came until `pattern`. */
async function talk({ port }: TestServer, text: string, pattern = /PONG|-ERR/): Promise<string> {
  const client = await Client.open(port);
  try {
    client.send(text);
    return await client.until(pattern);
  } finally {
    client.end();
  }
}

function get(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request({ port, path, host: '127.0.0.1' }, (answer) => {
      let body = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => (body += chunk));
      answer.on('end', () => resolve(body));
    });
    call.on('error', reject);
    call.end();
  });
}

async function varz(server: TestServer): Promise<Record<string, unknown>> {
  return JSON.parse(await get(server.server.ports.monitoring!, '/varz')) as Record<string, unknown>;
}

const hello = 'CONNECT {"verbose":false}\r\n';

test('listen, host and port: where clients connect', async () => {
  for (const config of ['listen: "127.0.0.1:-1"', 'host: 127.0.0.1\nport: -1']) {
    await withServer(config, async (server) => {
      assert.match(await talk(server, `${hello}PING\r\n`), /PONG/);
    });
  }
});

test('server_name and client_advertise stand in INFO', async () => {
  await withServer('server_name: fred\nclient_advertise: "example.com:4333"', async ({ port }) => {
    const client = await Client.open(port);
    const info = await client.info();
    assert.equal(info.server_name, 'fred');
    assert.deepEqual([info.host, info.port], ['example.com', 4333]);
    client.end();
  });
});

test('max_payload: a larger message closes the connection', async () => {
  await withServer('max_payload: 10', async (server) => {
    assert.match(await talk(server, `${hello}PUB a 11\r\n`), /-ERR 'Maximum Payload Violation'/);
  });
});

test('max_control_line: a longer line closes the connection', async () => {
  await withServer('max_control_line: 64', async (server) => {
    const line = `SUB ${'a'.repeat(100)} 1\r\n`;
    assert.match(await talk(server, hello + line), /-ERR 'Maximum control line exceeded'/i);
  });
});

test('max_connections: one more is refused', async () => {
  await withServer('max_connections: 1', async (server) => {
    const first = await Client.open(server.port);
    first.send(`${hello}PING\r\n`);
    await first.until(/PONG/);
    assert.match(await talk(server, '', /-ERR/), /-ERR 'maximum connections exceeded'/);
    first.end();
  });
});

test('max_subscriptions: one more is refused', async () => {
  await withServer('max_subscriptions: 1', async (server) => {
    const answer = await talk(server, `${hello}SUB a 1\r\nSUB b 2\r\n`, /-ERR/);
    assert.match(answer, /-ERR 'maximum subscriptions exceeded'/i);
  });
});

test('max_sub_tokens: a longer subject is refused', async () => {
  await withServer('max_sub_tokens: 3', async (server) => {
    const answer = await talk(server, `${hello}SUB a.b.c 1\r\nSUB a.b.c.d 2\r\n`, /-ERR/);
    assert.match(answer, /too many tokens/);
  });
});

test('max_pending: a client that does not read is closed', async () => {
  await withServer('max_pending: 200KB\nmax_payload: 100KB', async (server) => {
    const slow = connect(server.port, '127.0.0.1');
    slow.on('error', () => {});
    await once(slow, 'connect');
    slow.pause();
    slow.write(`${hello}SUB big 1\r\nPING\r\n`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const publisher = await Client.open(server.port);
    publisher.send(hello);
    const message = `PUB big 100000\r\n${'x'.repeat(100_000)}\r\n`;
    const end = Date.now() + 10_000;
    const noticed = () => server.log.some((line) => line.includes('Slow Consumer'));
    while (!noticed() && Date.now() < end) {
      for (let i = 0; i < 20; i++) publisher.send(message);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.ok(noticed(), 'no slow consumer');
    slow.destroy();
    publisher.end();
  });
});

test('ping_interval and ping_max: who does not answer is stale', async () => {
  await withServer('ping_interval: "50ms"\nping_max: 2', async ({ port }) => {
    const client = await Client.open(port);
    client.send(hello);
    const text = await client.untilClosed();
    assert.equal(text.match(/PING\r\n/g)?.length, 2);
    assert.match(text, /-ERR 'Stale Connection'/);
  });
});

test('no_header_support: INFO offers none', async () => {
  await withServer('no_header_support: true', async ({ port }) => {
    const client = await Client.open(port);
    assert.notEqual((await client.info()).headers, true);
    client.end();
  });
});

test('disable_sublist_cache: messages arrive all the same, and no cache fills', async () => {
  await withServer('disable_sublist_cache: true\nhttp: "127.0.0.1:-1"', async (server) => {
    const text = `${hello}SUB a.* 1\r\nPUB a.b 2\r\nhi\r\nPUB a.b 2\r\nhi\r\nPING\r\n`;
    const answer = await talk(server, text);
    assert.equal(answer.match(/MSG a\.b 1 2\r\nhi/g)?.length, 2);
    const subsz = await get(server.server.ports.monitoring!, '/subsz');
    assert.equal((JSON.parse(subsz) as { num_cache: number }).num_cache, 0);
  });
});

test('authorization: user, token, users with permissions, and the timeout', async () => {
  const user = (name: string, pass: string) =>
    `CONNECT {"verbose":false,"user":"${name}","pass":"${pass}"}\r\nPING\r\n`;
  await withServer('authorization { user: a, password: b }', async (server) => {
    assert.match(await talk(server, user('a', 'b')), /PONG/);
    assert.match(await talk(server, user('a', 'c')), /-ERR 'Authorization Violation'/);
  });
  await withServer('authorization { token: t }', async (server) => {
    assert.match(await talk(server, 'CONNECT {"auth_token":"t"}\r\nPING\r\n'), /PONG/);
  });
  const users = `authorization {
    timeout: 0.1
    default_permissions { publish: "free.>" }
    users: [ { user: a, password: x }, { user: b, password: y, permissions { subscribe { deny: secret } } } ]
  }`;
  await withServer(users, async (server) => {
    const a = user('a', 'x');
    assert.match(await talk(server, `${a}PUB other 0\r\n\r\n`, /-ERR/), /Publish to "other"/);
    const b = user('b', 'y');
    assert.match(await talk(server, `${b}SUB secret 1\r\n`, /-ERR/), /Subscription to "secret"/);
    const silent = await Client.open(server.port);
    assert.match(await silent.untilClosed(), /-ERR 'Authentication Timeout'/);
  });
});

test('no_auth_user: who sends no credentials is that user', async () => {
  const config = `no_auth_user: guest
    authorization { users: [
      { user: guest, password: x, permissions { publish: open } }, { user: a, password: y } ] }`;
  await withServer(config, async (server) => {
    const answer = await talk(server, `${hello}PUB closed 0\r\n\r\n`, /-ERR/);
    assert.match(answer, /Permissions Violation for Publish to "closed"/);
  });
});

test('mappings: a message takes the mapped subject', async () => {
  await withServer('mappings { "orders.*": "new.$1" }', async (server) => {
    const text = `${hello}SUB new.* 1\r\nPUB orders.x 2\r\nhi\r\nPING\r\n`;
    assert.match(await talk(server, text), /MSG new\.x 1 2\r\nhi/);
  });
});

test('http, http_base_path, server_tags and server_metadata: monitoring shows them', async () => {
  const config = `http: "127.0.0.1:-1"
    http_base_path: /nats
    server_tags: [Blue, "az:1"]
    server_metadata { owner: team }`;
  await withServer(config, async ({ server }) => {
    const text = await get(server.ports.monitoring!, '/nats/varz');
    const document = JSON.parse(text) as { tags: string[]; metadata: object };
    assert.deepEqual(document.tags, ['blue', 'az:1']);
    assert.deepEqual(document.metadata, { owner: 'team' });
  });
});

test('jsonp: a callback is called only when asked for', async () => {
  await withServer('http: "127.0.0.1:-1"\njsonp: true', async ({ server }) => {
    assert.match(await get(server.ports.monitoring!, '/varz?callback=cb'), /^cb\(\{/);
  });
  await withServer('http: "127.0.0.1:-1"', async ({ server }) => {
    assert.match(await get(server.ports.monitoring!, '/varz?callback=cb'), /^\{/);
  });
});

test('limits and times that are configured stand in varz', async () => {
  const config = `http: "127.0.0.1:-1"
    max_subscriptions: 7
    max_payload: 1000
    max_pending: 5000
    ping_interval: "7s"
    ping_max: 4
    write_deadline: "3s"
    write_timeout: retry
    max_connections: 9
    max_control_line: 777`;
  await withServer(config, async (server) => {
    const document = await varz(server);
    const shown = [
      'max_subscriptions',
      'max_payload',
      'max_pending',
      'ping_interval',
      'ping_max',
      'write_deadline',
      'write_timeout',
      'max_connections',
      'max_control_line',
    ].map((key) => document[key]);
    assert.deepEqual(shown, [7, 1000, 5000, 7e9, 4, 3e9, 'retry', 9, 777]);
  });
});

test('max_closed_clients: monitoring remembers no more closed connections', async () => {
  await withServer('max_closed_clients: 2\nhttp: "127.0.0.1:-1"', async (server) => {
    for (let i = 0; i < 4; i++) await talk(server, `${hello}PING\r\n`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const connz = await get(server.server.ports.monitoring!, '/connz?state=closed');
    assert.equal((JSON.parse(connz) as { connections: unknown[] }).connections.length, 2);
  });
});

test('trace, trace_headers and max_traced_msg_len: what the log shows of a message', async () => {
  const message = 'HPUB a 18 23\r\nNATS/1.0\r\nA: b\r\n\r\nhello\r\n';
  const traced = async (config: string) => {
    let lines: string[] = [];
    await withServer(config, async (server) => {
      const connected = 'CONNECT {"verbose":false,"headers":true}\r\n';
      await talk(server, `${connected}${message}PING\r\n`);
      lines = server.log.filter((line) => line.startsWith('[TRC]'));
    });
    return lines.join('\n');
  };
  assert.match(await traced('trace: true'), /MSG_PAYLOAD: .*hello/);
  const headers = await traced('trace_headers: true');
  assert.match(headers, /A: b/);
  assert.doesNotMatch(headers, /hello/);
  assert.match(await traced('trace: true\nmax_traced_msg_len: 3'), /\["NAT\.\.\."\]/);
});

test('debug: the log tells what the server does', async () => {
  await withServer('debug: true', async (server) => {
    await talk(server, `${hello}PING\r\n`);
    assert.ok(server.log.some((line) => line.startsWith('[DBG]')));
  });
});

test('lame_duck_duration and lame_duck_grace_period: clients are told, then closed', async () => {
  const config = 'lame_duck_duration: "30s"\nlame_duck_grace_period: "50ms"';
  await withServer(config, async (server) => {
    const client = await Client.open(server.port);
    client.send(`${hello.replace('false', 'false,"protocol":1')}PING\r\n`);
    await client.until(/PONG/);
    void server.server.lameDuck();
    await client.until(/INFO .*"ldm":true/);
    client.end();
  });
});

test('allow_non_tls: clients with and without TLS', async () => {
  const tls = join(__PROJECT_ROOT__, 'test/fixtures/tls');
  const block = `tls { cert_file: "${tls}/server.pem", key_file: "${tls}/server-key.pem" }`;
  await withServer(block, async (server) => {
    const client = await Client.open(server.port);
    const info = await client.info();
    assert.deepEqual([info.tls_required, info.tls_available], [true, undefined]);
    client.send(`${hello}PING\r\n`);
    assert.doesNotMatch(await client.untilClosed(), /PONG/);
  });
  await withServer(`${block}\nallow_non_tls: true`, async (server) => {
    const client = await Client.open(server.port);
    const info = await client.info();
    assert.deepEqual([info.tls_required, info.tls_available], [undefined, true]);
    client.end();
    assert.match(await talk(server, `${hello}PING\r\n`), /PONG/);
  });
});

test('no_system_account: there is none', async () => {
  const monitored = 'http: "127.0.0.1:-1"';
  await withServer(monitored, async (server) => {
    assert.equal((await varz(server)).system_account, '$SYS');
  });
  await withServer(`${monitored}\nno_system_account: true`, async (server) => {
    assert.equal((await varz(server)).system_account, undefined);
  });
});

test('trace_verbose switches the trace on', async () => {
  await withServer('trace_verbose: true', async (server) => {
    await talk(server, `${hello}PING\r\n`);
    assert.ok(server.log.some((line) => line.includes('<<- [PING]')));
  });
});

test('no_fast_producer_stall: a publisher does not wait for a receiver that does not read', async () => {
  const waits = async (config: string): Promise<number> => {
    let stalled = -1;
    const all = `max_pending: 8MB\nhttp: "127.0.0.1:-1"\n${config}`;
    await withServer(all, async (server) => {
      const slow = connect(server.port, '127.0.0.1');
      slow.on('error', () => {});
      await once(slow, 'connect');
      slow.pause();
      slow.write(`${hello}SUB big 1\r\nPING\r\n`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      const publisher = await Client.open(server.port);
      publisher.send(hello);
      const message = `PUB big 100000\r\n${'x'.repeat(100_000)}\r\n`;
      for (let i = 0; i < 150; i++) publisher.send(message);
      publisher.send('PING\r\n');
      await publisher.until(/PONG/, 20_000);
      stalled = Number((await varz(server)).stalled_clients);
      slow.destroy();
      publisher.end();
    });
    return stalled;
  };
  assert.ok((await waits('')) > 0);
  assert.equal(await waits('no_fast_producer_stall: true'), 0);
});
