/** /healthz: whether the server can be used. The status code tells as much as the document. */
import type { MonitorContext } from './context.ts';
import type { Query } from './query.ts';

export interface HealthzOptions {
  readonly jsEnabled: boolean;
  readonly jsEnabledOnly: boolean;
  readonly jsServerOnly: boolean;
  readonly jsMetaOnly: boolean;
  readonly account: string;
  readonly stream: string;
  readonly consumer: string;
  readonly details: boolean;
}

export interface HealthzError {
  type: 'CONNECTION' | 'BAD_REQUEST' | 'JETSTREAM' | 'ACCOUNT' | 'STREAM' | 'CONSUMER';
  account: string | undefined;
  stream: string | undefined;
  consumer: string | undefined;
  error: string | undefined;
}

export interface Healthz {
  status: 'ok' | 'unavailable' | 'error';
  /** Not part of the HTTP answer, which has it as its status. */
  status_code: number | undefined;
  error: string | undefined;
  errors: HealthzError[] | undefined;
}

/** Throws BadArgumentError. */
export function healthzOptions(query: Query): HealthzOptions {
  return {
    jsEnabled: query.bool('js-enabled'),
    jsEnabledOnly: query.bool('js-enabled-only'),
    jsServerOnly: query.bool('js-server-only'),
    jsMetaOnly: query.bool('js-meta-only'),
    details: query.bool('details'),
    account: query.text('account'),
    stream: query.text('stream'),
    consumer: query.text('consumer'),
  };
}

/** The state of health; `status_code` is always set. */
export function buildHealthz(context: MonitorContext, options: HealthzOptions): Healthz {
  if (options.account === '' && options.stream !== '') {
    const text = '"account" must not be empty when checking stream health';
    return failure(options, 400, 'BAD_REQUEST', text);
  }
  if (options.stream === '' && options.consumer !== '') {
    const text = '"stream" must not be empty when checking consumer health';
    return failure(options, 400, 'BAD_REQUEST', text);
  }
  const missing = context.notReady();
  if (missing !== undefined) return failure(options, 500, 'CONNECTION', missing);
  return { status: 'ok', status_code: 200, error: undefined, errors: undefined };
}

function failure(
  options: HealthzOptions,
  code: number,
  type: HealthzError['type'],
  text: string,
): Healthz {
  if (!options.details) {
    return { status: 'error', status_code: code, error: text, errors: undefined };
  }
  const none = { account: undefined, stream: undefined, consumer: undefined };
  const errors = [{ type, ...none, error: text }];
  return { status: 'error', status_code: code, error: undefined, errors };
}
