/**
 * JSONP, with the option `jsonp` only: the founding manual has it, nats-server dropped it in 2026.
 * The callback must be a name (dotted or indexed), so that nothing else is run by the page.
 */
import type { HttpAnswer } from '../transport/http-listener.ts';
import { textAnswer } from './endpoints.ts';

const callbackName = /^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*|\[\d+\])*$/;
const maxCallbackLength = 128;

/** `callback(document)` as JavaScript; answers that are no JSON document stay as they are. */
export function withJsonp(answer: HttpAnswer, callback: string): HttpAnswer {
  if (callback === '' || !isDocument(answer)) return answer;
  if (callback.length > maxCallbackLength || !callbackName.test(callback)) {
    return textAnswer(400, 'Error decoding callback: not a function name');
  }
  return {
    ...answer,
    headers: [['Content-Type', 'application/javascript']],
    body: called(callback, answer.body),
  };
}

function called(callback: string, body: HttpAnswer['body']): HttpAnswer['body'] {
  if (typeof body === 'string' || Buffer.isBuffer(body)) return `${callback}(${String(body)})`;
  return (function* () {
    yield `${callback}(`;
    yield* body;
    yield ')';
  })();
}

function isDocument({ headers }: HttpAnswer): boolean {
  return headers.some(([name, value]) => name === 'Content-Type' && value === 'application/json');
}
