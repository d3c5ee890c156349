/**
 * Answers a request: decodes its options, asks whether this server is meant, has the document made
 * and wraps it as `{"server":…,"data":…}` or `{"server":…,"error":{"code":…,"description":…}}`.
 * A request without reply does nothing at all.
 */

import { goJson } from '../base/go-json.ts';
import { decodeGoStruct, GoDecodeError, GoRecord, type GoStruct } from '../base/go-json-decode.ts';
import { acceptedEncoding, encodeContent, encodingHeader } from './content-encoding.ts';
import type { EventPublisher } from './event-publisher.ts';
import { noAnswer, RefusedDocument } from './events-host.ts';
import { isForUs } from './request-filter.ts';

export interface Request {
  /** Wire subject. */
  readonly subject: string;
  readonly reply: string;
  readonly header: Buffer | undefined;
  readonly payload: Buffer;
}

/** Members of an answer beside `server`; undefined ones are left out. */
interface Answer {
  readonly data?: object | null | undefined;
  readonly error?: { readonly code: number; readonly description: string };
}

/** Undefined: an answer without data. Throws RefusedDocument. */
export type BuildData = (options: GoRecord) => object | undefined | typeof noAnswer;

/** Options are small; what is longer is not looked at. */
const requestBytesMax = 64 * 1024;

export class Responder {
  private readonly publisher: EventPublisher;

  constructor(publisher: EventPublisher) {
    this.publisher = publisher;
  }

  answer(request: Request, struct: GoStruct, build: BuildData): void {
    const options = this.options(request, struct);
    if (options === undefined) return;
    try {
      const data = build(options);
      if (data !== noAnswer) this.send(request, { data });
    } catch (error) {
      if (!(error instanceof RefusedDocument)) throw error;
      // Go has a typed null here, which prints.
      this.send(request, { data: null, error: { code: 500, description: error.message } });
    }
  }

  /** A command: its answer says only whether it was done. `run` may take a while. */
  async perform(
    request: Request,
    struct: GoStruct,
    run: () => void | Promise<void>,
  ): Promise<void> {
    if (this.options(request, struct) === undefined) return;
    try {
      await run();
      this.send(request, {});
    } catch (error) {
      this.send(request, { error: { code: 500, description: (error as Error).message } });
    }
  }

  /** Undefined when there is nothing to answer any more. */
  options(request: Request, struct: GoStruct): GoRecord | undefined {
    const { reply, payload } = request;
    if (reply === '') return undefined;
    if (payload.length === 0) return new GoRecord();
    if (payload.length > requestBytesMax) {
      const description = `request is larger than ${requestBytesMax} bytes`;
      this.send(request, { error: { code: 400, description } });
      return undefined;
    }
    try {
      const options = decodeGoStruct(payload, struct);
      return isForUs(options, this.publisher.host) ? options : undefined;
    } catch (error) {
      if (!(error instanceof GoDecodeError)) throw error;
      this.send(request, { error: { code: 400, description: error.message } });
      return undefined;
    }
  }

  private send({ reply, header }: Request, { data, error }: Answer): void {
    const server = this.publisher.nextServerBlock();
    const payload = Buffer.from(goJson({ server, data, error }), 'utf8');
    const encoding = error === undefined ? acceptedEncoding(header) : undefined;
    if (encoding === undefined) this.publisher.publishBytes(reply, payload);
    else {
      const packed = encodeContent(payload, encoding);
      this.publisher.publishBytes(reply, packed, encodingHeader(encoding));
    }
  }
}
