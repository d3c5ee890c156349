/**
 * The table of monitoring endpoints: path, what counts in http_req_stats, and the function that
 * makes the answer. Answers carry the headers of nats-server: JSON for every origin, plain text
 * for refusals.
 *
 * As in nats-server some endpoints count a request before they look at its arguments and some only
 * when those are good; stacks, queues, Raft groups and expvar are not counted.
 */
import { goJson } from '../base/go-json.ts';
import type { HttpAnswer } from '../transport/http-listener.ts';
import { buildAccountz } from './accountz.ts';
import { buildAccstatz } from './accstatz.ts';
import { connzOptions, listConnz } from './connz.ts';
import type { MonitorContext } from './context.ts';
import { buildExpvarz } from './expvarz.ts';
import { buildGatewayz } from './gatewayz.ts';
import { buildHealthz, type Healthz, healthzOptions } from './healthz.ts';
import { indexPage } from './index-page.ts';
import { buildJsz, jszLeaderOnly, notLeader } from './jsz.ts';
import { buildLeafz } from './leafz.ts';
import { listBody } from './list-document.ts';
import { buildMetrics } from './metrics.ts';
import { BadArgumentError, type Query } from './query.ts';
import { buildRoutez } from './routez.ts';
import { buildStacksz } from './stacksz.ts';
import { listSubsz, subszOptions } from './subsz.ts';
import { buildVarz } from './varz.ts';

/** `count` adds the request to http_req_stats. */
type Handler = (context: MonitorContext, query: Query, count: () => void) => HttpAnswer;

export interface Endpoint {
  readonly path: string;
  /** The name in http_req_stats. */
  readonly counted: string;
  readonly handle: Handler;
}

export const endpoints: readonly Endpoint[] = [
  endpoint('/', rootAnswer),
  counted('/varz', (context) => buildVarz(context)),
  endpoint('/connz', (context, query, count) => {
    const options = connzOptions(query);
    count();
    const { entries, ...document } = listConnz(context, options);
    if (entries === null) return jsonAnswer({ ...document.head, connections: null });
    return documentAnswer(listBody({ ...document, entries }));
  }),
  endpoint('/routez', (context, query, count) => {
    query.subs();
    count();
    return jsonAnswer(buildRoutez(context));
  }),
  counted('/gatewayz', (context, query) => {
    query.subs();
    query.bool('accs');
    return buildGatewayz(context, query.text('gw_name'));
  }),
  counted('/leafz', (context, query) => {
    query.bool('subs');
    return buildLeafz(context);
  }),
  endpoint('/subsz', subszAnswer),
  endpoint('/subscriptionsz', subszAnswer, '/subsz'),
  endpoint('/stacksz', (context) => documentAnswer(buildStacksz(context))),
  counted('/accountz', (context, query) => buildAccountz(context, query.text('acc'))),
  counted('/accstatz', (context, query) =>
    buildAccstatz(context, { unused: query.bool('unused'), accounts: [] }),
  ),
  counted('/jsz', (context, query) => {
    if (jszLeaderOnly(query)) throw new BadArgumentError(notLeader);
    return buildJsz(context);
  }),
  endpoint('/healthz', healthAnswer),
  endpoint('/ipqueuesz', (_context, query) => {
    query.bool('all');
    return documentAnswer('{}');
  }),
  endpoint('/raftz', () => textAnswer(404, 'No Raft nodes registered')),
  endpoint('/debug/vars', (context) => ({
    status: 200,
    headers: [['Content-Type', 'application/json; charset=utf-8']],
    body: buildExpvarz(context.process),
  })),
  endpoint('/metrics', (context) => ({
    status: 200,
    headers: [['Content-Type', 'text/plain; version=0.0.4; charset=utf-8']],
    body: buildMetrics(context),
  })),
];

function endpoint(path: string, handle: Handler, counted = path): Endpoint {
  return { path, counted, handle };
}

/** An endpoint that counts every request and answers with a JSON document. */
function counted(path: string, build: (context: MonitorContext, query: Query) => object): Endpoint {
  const handle: Handler = (context, query, count) => {
    count();
    return jsonAnswer(build(context, query));
  };
  return endpoint(path, handle);
}

function rootAnswer(context: MonitorContext, _query: Query, count: () => void): HttpAnswer {
  count();
  const { version } = context.info();
  return {
    status: 200,
    headers: [['Content-Type', 'text/html; charset=utf-8']],
    body: indexPage(context.options.httpBasePath, version, context.tnatsdVersion),
    dateFirst: true,
  };
}

function subszAnswer(context: MonitorContext, query: Query, count: () => void): HttpAnswer {
  count();
  const document = listSubsz(context, subszOptions(query));
  if (document.entries.length === 0) return jsonAnswer(document.head);
  return documentAnswer(listBody(document));
}

function healthAnswer(context: MonitorContext, query: Query, count: () => void): HttpAnswer {
  count();
  const options = healthzOptions(query);
  if (options.jsEnabled) {
    context.logger.warn('Healthcheck: js-enabled deprecated, use js-enabled-only instead');
  }
  const { status_code, ...document } = buildHealthz(context, options);
  warnOfFailure(context, document);
  return { ...documentAnswer(goJson(document)), status: status_code ?? 200 };
}

function warnOfFailure(context: MonitorContext, { error, errors }: Omit<Healthz, 'status_code'>) {
  if (error !== undefined) context.logger.warn(`Healthcheck failed: ${goJson(error)}`);
  else if (errors) context.logger.warn(`Healthcheck failed: ${errors.length} errors`);
}

function jsonAnswer(document: object): HttpAnswer {
  return documentAnswer(goJson(document, 2));
}

function documentAnswer(body: HttpAnswer['body']): HttpAnswer {
  return {
    status: 200,
    headers: [
      ['Access-Control-Allow-Origin', '*'],
      ['Content-Type', 'application/json'],
    ],
    body,
  };
}

/** A plain refusal. Go looks at the text to name its type, and so does this. */
export function textAnswer(status: number, text: string): HttpAnswer {
  const type = looksBinary(text) ? 'application/octet-stream' : 'text/plain; charset=utf-8';
  return { status, headers: [['Content-Type', type]], body: bytesOf(text), dateFirst: true };
}

/** Control characters other than tab, line breaks, form feed and escape. */
function looksBinary(text: string): boolean {
  return [...text].some((char) => char < ' ' && !'\t\n\f\r\x1b'.includes(char));
}

/** UTF-8, with the bytes that lone surrogates stand for. */
function bytesOf(text: string): Buffer {
  const parts = text.split(/([\udc80-\udcff])(?<![\ud800-\udbff][\udc80-\udcff])/);
  return Buffer.concat(
    parts.map((part, i) =>
      i % 2 === 0 ? Buffer.from(part, 'utf8') : Buffer.from([part.charCodeAt(0) - 0xdc00]),
    ),
  );
}

/** The answer of an endpoint; bad arguments become 400. */
export function answerEndpoint(
  { handle, counted: name }: Endpoint,
  context: MonitorContext,
  query: Query,
): HttpAnswer {
  const count = () => {
    context.httpRequests.set(name, (context.httpRequests.get(name) ?? 0) + 1);
  };
  try {
    return handle(context, query, count);
  } catch (error) {
    if (error instanceof BadArgumentError) return textAnswer(400, error.message);
    throw error;
  }
}
