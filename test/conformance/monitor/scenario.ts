/**
 * Monitoring documents: in each configuration, with the same clients connected, which answer comes
 * to which request. An answer is status, the headers that tools read, and the masked body.
 */
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { maskDocument } from '../masks.ts';
import { type Action, SessionRun } from '../session.ts';
import type { Target, TargetConfig } from '../target.ts';

/** `METHOD path`; `@CID:a@` stands for the client id of connection a. */
export type RequestLine = string;

export interface Answer {
  status: number;
  type: string;
  origin?: string;
  location?: string;
  body: string;
}

export interface Scenario {
  name: string;
  config: TargetConfig;
  clients: Action[];
  requests: RequestLine[];
}

export interface RecordedScenario extends Omit<Scenario, 'requests'> {
  reference: string;
  answers: Record<RequestLine, Answer>;
}

function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

function fetchRaw(base: string, line: RequestLine): Promise<Answer> {
  const space = line.indexOf(' ');
  const url = new URL(base);
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const options = {
    host: url.hostname,
    port: url.port,
    method: line.slice(0, space),
    path: line.slice(space + 1),
    rejectUnauthorized: false,
    agent: false,
    timeout: 10_000,
  } as const;
  return new Promise((resolve, reject) => {
    const outgoing = send(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const origin = header(response.headers, 'access-control-allow-origin');
        const location = header(response.headers, 'location');
        resolve({
          status: response.statusCode ?? 0,
          type: header(response.headers, 'content-type') ?? '',
          ...(origin === undefined ? {} : { origin }),
          ...(location === undefined ? {} : { location }),
          body: Buffer.concat(chunks).toString('utf8'),
        });
      });
    });
    outgoing.on('error', reject);
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer to ${line}`)));
    outgoing.end();
  });
}

/** The index page is a matter of taste: that it is one is checked, not how it looks. */
function maskBody(line: RequestLine, answer: Answer): Answer {
  if (answer.type.startsWith('text/html') && answer.status === 200)
    return { ...answer, body: '<html>' };
  const unorderedConnections = /sort=(pending|rtt|last|idle)/.test(line);
  return { ...answer, body: maskDocument(answer.body, { unorderedConnections }) };
}

function clientIds(run: SessionRun): Map<string, string> {
  const ids = new Map<string, string>();
  for (const [name, peer] of run.peers)
    ids.set(name, /"client_id":(\d+)/.exec(peer.received)?.[1] ?? '0');
  return ids;
}

/** Connects the scenario's clients and asks every request, in order. */
export async function askAll(
  target: Target,
  scenario: Pick<Scenario, 'clients' | 'requests'>,
): Promise<Record<RequestLine, Answer>> {
  const run = new SessionRun(target);
  const base = target.ports.monitoring?.[0];
  if (!base) throw new Error('the configuration has no monitoring port');
  const answers: Record<RequestLine, Answer> = {};
  try {
    for (const action of scenario.clients) {
      await run.act(action);
      while (Date.now() - run.lastActivity < 60) await new Promise((r) => setTimeout(r, 10));
    }
    const ids = clientIds(run);
    for (const line of scenario.requests) {
      const actual = line.replace(/@CID:(\w+)@/g, (_, name: string) => ids.get(name) ?? '0');
      answers[line] = maskBody(line, await fetchRaw(base, actual));
    }
  } finally {
    run.end();
  }
  return answers;
}
