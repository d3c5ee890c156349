/**
 * Compares passwords with bcrypt hashes in a worker thread: one comparison takes from milliseconds
 * to seconds by design and must not hold up the event loop.
 *
 * One thread, one comparison at a time, the others wait in line. The line is bounded, because anyone
 * can knock; who gave up waiting is skipped. Clients that ask the same question share one answer, and
 * good answers are remembered for a while: a thousand clients of one user that reconnect after a
 * restart cost one comparison, not minutes. Remembered is a digest under a key that only this process
 * has, never a password.
 *
 * The thread starts with the first comparison.
 */

import source from 'worker:./bcrypt-worker.ts';
import { createHmac } from 'node:crypto';
import type { Random } from '../platform/clock.ts';
import type { WorkerLink, Workers } from '../platform/worker.ts';
import { normalizeBcrypt } from './password.ts';

/** Compares a password with a bcrypt hash. A fake may answer at once. */
export interface PasswordChecker {
  /**
   * `isGone` tells that nobody waits for the answer any more. Undefined instead of an answer: too
   * many are waiting.
   */
  compare(hash: string, password: string, isGone?: () => boolean): Answer | Promise<Answer>;
  close(): void;
}

export type Answer = boolean | undefined;

/** Different questions that may wait, and connections that may wait for one of them. */
export const questionsMax = 256;
export const waitersMax = 4096;
const rememberedMax = 1024;

interface Waiter {
  readonly isGone: () => boolean;
  readonly answer: (answer: Answer) => void;
}

interface Question {
  readonly key: string;
  readonly hash: string;
  readonly password: string;
  readonly waiters: Waiter[];
}

export class BcryptChecker implements PasswordChecker {
  private readonly workers: Workers;
  private readonly digestKey: Buffer;
  private readonly questions = new Map<string, Question>();
  private readonly remembered = new Set<string>();
  private worker: WorkerLink | undefined;
  private current: Question | undefined;
  private waiting = 0;
  private closed = false;

  constructor(workers: Workers, random: Random) {
    this.workers = workers;
    this.digestKey = random.bytes(32);
    this.worker = undefined;
    this.current = undefined;
  }

  compare(hash: string, password: string, isGone = () => false): Answer | Promise<Answer> {
    const key = this.keyOf(hash, password);
    if (this.remembered.has(key)) return true;
    const question = this.questionFor(key, hash, password);
    if (!question || this.waiting >= waitersMax) return undefined;
    this.waiting++;
    return new Promise((answer) => {
      question.waiters.push({ isGone, answer });
      this.askNext();
    });
  }

  /** Whoever still waits is refused. */
  close(): void {
    this.closed = true;
    this.worker?.terminate();
    this.worker = undefined;
    this.current = undefined;
    for (const question of this.questions.values()) this.finish(question, false);
  }

  private keyOf(hash: string, password: string): string {
    const digest = createHmac('sha256', this.digestKey);
    return digest.update(hash).update('\0').update(password, 'utf8').digest('base64');
  }

  private questionFor(key: string, hash: string, password: string): Question | undefined {
    let question = this.questions.get(key);
    if (!question && !this.closed && this.questions.size < questionsMax) {
      question = { key, hash: normalizeBcrypt(hash), password, waiters: [] };
      this.questions.set(key, question);
    }
    return question;
  }

  private askNext(): void {
    if (this.current) return;
    for (const question of this.questions.values()) {
      if (question.waiters.every((waiter) => waiter.isGone())) {
        this.finish(question, false);
        continue;
      }
      this.current = question;
      this.worker ??= this.startWorker();
      this.worker.post({ hash: question.hash, password: question.password });
      return;
    }
  }

  private startWorker(): WorkerLink {
    return this.workers.start(source, {
      onMessage: (message) => this.onAnswer(message === true),
      onExit: () => {
        this.worker = undefined;
        this.onAnswer(false);
      },
    });
  }

  private onAnswer(matches: boolean): void {
    const question = this.current;
    if (!question) return;
    this.current = undefined;
    if (matches) this.remember(question.key);
    this.finish(question, matches);
    this.askNext();
  }

  private finish(question: Question, matches: boolean): void {
    this.questions.delete(question.key);
    this.waiting -= question.waiters.length;
    for (const waiter of question.waiters) waiter.answer(matches);
  }

  private remember(key: string): void {
    if (this.remembered.size >= rememberedMax) {
      for (const oldest of this.remembered) {
        this.remembered.delete(oldest);
        break;
      }
    }
    this.remembered.add(key);
  }
}
