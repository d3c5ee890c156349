/** What the fuzzer starts from: everything that the recorded sessions send. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordedScenario } from '../conformance/monitor/scenario.ts';
import type { RecordedGroup } from '../conformance/session.ts';

declare const __PROJECT_ROOT__: string;

const recordedDir = join(__PROJECT_ROOT__, 'test/conformance/recorded');

function readAll<T>(dir: string): T[] {
  const files = readdirSync(dir).filter((name) => name.endsWith('.json'));
  return files.map((name) => JSON.parse(readFileSync(join(dir, name), 'utf8')) as T);
}

/** Client protocol: the bytes of each step of each session, large repeats left out. */
export function clientCorpus(): Buffer[] {
  const entries = new Set<string>();
  for (const { sessions } of readAll<RecordedGroup>(recordedDir))
    for (const { steps } of sessions)
      for (const { do: action } of steps)
        if (!action[0].startsWith('!') && String(action[1]).length > 0)
          entries.add(String(action[1]));
  return [...entries].map((text) => Buffer.from(text, 'latin1'));
}

const methodLine = (line: string) => `${line || 'GET /'} HTTP/1.1\r\nHost: 127.0.0.1\r\n`;

/** HTTP: the recorded requests, and a few that only a broken or hostile client sends. */
export function httpCorpus(): Buffer[] {
  const lines = readAll<RecordedScenario>(join(recordedDir, 'monitor')).flatMap(({ answers }) =>
    Object.keys(answers),
  );
  const requests = [...new Set(lines)].map((line) => `${methodLine(line)}\r\n`);
  const odd = [
    `${methodLine('POST /varz')}Content-Length: 5\r\n\r\nhello`,
    `${methodLine('POST /varz')}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    `${methodLine('GET /varz')}Connection: keep-alive\r\n\r\n${methodLine('GET /connz')}\r\n`,
    `${methodLine('GET /varz')}Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n`,
    `${methodLine('GET /varz')}X-Long: ${'x'.repeat(20_000)}\r\n\r\n`,
    `GET ${'/'.repeat(9_000)} HTTP/1.1\r\n\r\n`,
    'GET /varz HTTP/1.0\r\n\r\n',
    'GET /varz\r\n\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'CONNECT a:1 HTTP/1.1\r\n\r\n',
  ];
  return [...requests, ...odd].map((text) => Buffer.from(text, 'latin1'));
}
