/**
 * Requests and events of the system account: in each configuration clients connect, ask and leave;
 * recorded is what is answered and what others hear meanwhile.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { decodeS2Stream } from '../../../src/codec/s2-stream.ts';
import { fillFixtures } from '../placeholders.ts';
import type { Target, TargetConfig } from '../target.ts';
import { maskMessage } from './masks.ts';
import { type Message, SystemClient } from './system-client.ts';

/** `@ID@` stands for the server's id, `@CID:a@` for the client id of connection a. */
export type Step =
  | { do: 'connect'; as: string; options: object }
  | { do: 'watch'; as: string; subject: string }
  | { do: 'subscribe'; as: string; subject: string }
  | { do: 'publish'; as: string; subject: string; payload: string }
  | { do: 'request'; as: string; subject: string; payload?: string; header?: string; silent?: true }
  | { do: 'signal'; name: NodeJS.Signals }
  | { do: 'close'; as: string };

export interface Scenario {
  name: string;
  config: TargetConfig;
  steps: Step[];
}

/** What came of a step: the answer, and what watchers heard, sorted. */
export interface Outcome {
  answer?: string;
  heard?: string[];
}

export interface RecordedScenario extends Scenario {
  reference: string;
  outcomes: Outcome[];
}

const answerMs = 5000;
/** How long nothing must come for "no answer". */
const silenceMs = 300;
/** Events follow within this time. */
const settleMs = 120;
const answerBytesMax = 1 << 24;

export class ScenarioRun {
  private readonly target: Target;
  private readonly clients = new Map<string, SystemClient>();
  private heard: string[] = [];
  private watching = false;

  constructor(target: Target) {
    this.target = target;
  }

  async run(steps: readonly Step[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    try {
      for (const step of steps) {
        this.heard = [];
        const answer = await this.take(step);
        if (this.watching) await sleep(settleMs);
        const heard = [...this.heard].sort();
        outcomes.push({
          ...(answer === undefined ? {} : { answer }),
          ...(heard.length === 0 ? {} : { heard }),
        });
      }
    } finally {
      for (const client of this.clients.values()) void client.end();
    }
    return outcomes;
  }

  private async take(step: Step): Promise<string | undefined> {
    if (step.do === 'signal') {
      this.target.signal(step.name);
      return undefined;
    }
    if (step.do === 'connect') {
      const client = new SystemClient(this.target.clientPort);
      this.clients.set(step.as, client);
      await client.connect(step.options);
      return client.lines.find((line) => line.startsWith('-ERR'));
    }
    const client = this.clients.get(step.as);
    if (client === undefined) throw new Error(`no connection ${step.as}`);
    switch (step.do) {
      case 'watch':
        return this.watch(client, step.subject);
      case 'subscribe':
        await client.subscribe(this.fill(step.subject), () => {});
        return undefined;
      case 'publish':
        client.publish(this.fill(step.subject), this.fill(step.payload));
        await client.flush();
        return undefined;
      case 'request':
        return this.ask(client, step);
      case 'close':
        await client.end();
        return undefined;
    }
  }

  private async watch(client: SystemClient, subject: string): Promise<undefined> {
    this.watching = true;
    await client.subscribe(this.fill(subject), (message) => {
      this.heard.push(`${this.blank(message.subject)} ${this.show(message)}`);
    });
  }

  private async ask(client: SystemClient, step: Step & { do: 'request' }): Promise<string> {
    const { subject, payload = '', header = '', silent } = step;
    const wait = silent ? silenceMs : answerMs;
    const block = header === '' ? '' : `NATS/1.0\r\n${header}\r\n\r\n`;
    const message = await client.request(this.fill(subject), this.fill(payload), block, wait);
    return message === undefined ? 'no answer' : this.show(message);
  }

  private fill(text: string): string {
    const id = [...this.clients.values()][0]?.serverId ?? '';
    return fillFixtures(text)
      .replaceAll('@ID@', id)
      .replace(/@CID:(\w+)@/g, (_, name: string) => String(this.clients.get(name)?.clientId));
  }

  private blank(subject: string): string {
    return subject.replace(/\bN[A-Z2-7]{55}\b/, '@ID@');
  }

  /** Header, if any, and the payload without compression and what may differ. */
  private show({ header, payload }: Message): string {
    const encoding = /Content-Encoding: *(\w+)/.exec(header)?.[1];
    let plain = payload;
    if (encoding === 'gzip') plain = gunzipSync(payload);
    if (encoding === 'snappy') plain = decodeS2Stream(payload, answerBytesMax);
    const shownHeader = header === '' ? '' : `${JSON.stringify(header)} `;
    return shownHeader + maskMessage(plain.toString('utf8'));
  }
}
