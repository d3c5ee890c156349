/** Runs sessions: to record what a server answers, or to compare with what was recorded. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cut } from './chunking.ts';
import {
  type Action,
  maskOptionsOf,
  type Session,
  SessionRun,
  type Step,
  withOpens,
} from './session.ts';
import type { Target } from './target.ts';

const quietMs = 45;
const sameText = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** A new connection is greeted, a login judged; on a busy machine that takes longer than an answer. */
const greetingMs = 2_000;
const verdictMs = 500;
function firstAnswerMs([verb, bytes]: Action): number {
  if (verb.startsWith('!open')) return greetingMs;
  return /@ANSWER\(|^CONNECT/.test(String(bytes)) ? verdictMs : quietMs;
}

/** Until nothing came for a while; `firstMs` is how long the first answer may take. */
async function untilQuiet(run: SessionRun, firstMs: number): Promise<void> {
  const deadline = run.lastActivity + firstMs;
  while (run.arrivals === 0 && Date.now() < deadline) await sleep(5);
  while (Date.now() - run.lastActivity < quietMs) await sleep(10);
}

function observed(run: SessionRun, session: Session, before: Set<string>): Omit<Step, 'do'> {
  const out = run.peek(maskOptionsOf(session));
  const closed = run.closedNames().filter((name) => !before.has(name));
  return {
    ...(Object.keys(out).length > 0 ? { out } : {}),
    ...(closed.length > 0 ? { closed } : {}),
  };
}

/** Performs a session's actions and returns its steps with the answers of this server. */
export async function recordSession(target: Target, session: Session): Promise<Step[]> {
  const run = new SessionRun(target);
  const steps: Step[] = [];
  try {
    for (const action of withOpens(session.steps.map((step) => step.do))) {
      const before = new Set(run.closedNames());
      await run.act(action);
      await untilQuiet(run, firstAnswerMs(action));
      steps.push({ do: action, ...observed(run, session, before) });
      run.take();
    }
  } finally {
    run.end();
  }
  return steps;
}

/** The first difference between expectation and answer. */
export interface Difference {
  step: number;
  action: string;
  expected: unknown;
  got: unknown;
}

export interface ReplayOptions {
  cut?: Cut;
  /** How long a missing answer is waited for. */
  patienceMs?: number;
}

/** Waits until the answers equal the step's; false when they do not within the patience. */
async function waitFor(run: SessionRun, matches: () => boolean, patienceMs: number) {
  if (matches()) return true;
  return await new Promise<boolean>((resolve) => {
    const finish = (result: boolean) => {
      clearTimeout(timer);
      run.onActivity = () => {};
      resolve(result);
    };
    const timer = setTimeout(() => finish(matches()), patienceMs);
    run.onActivity = () => {
      if (matches()) finish(true);
    };
  });
}

/** A step without an answer, and the end of a session, wait this long for one that should not come. */
const silenceMs = 15;

async function replayStep(run: SessionRun, session: Session, step: Step, patienceMs: number) {
  const before = new Set(run.closedNames());
  await run.act(step.do);
  const expected = {
    ...(step.out ? { out: step.out } : {}),
    ...(step.closed ? { closed: step.closed } : {}),
  };
  const matches = () => sameText(observed(run, session, before), expected);
  const silent = !step.out && !step.closed;
  if (silent) await sleep(silenceMs);
  if (await waitFor(run, matches, patienceMs)) {
    run.take();
    return undefined;
  }
  return { expected, got: observed(run, session, before) };
}

interface Outcome {
  difference: Difference | undefined;
  /** A connection was reset while we still wrote: answers may have been lost on our side. */
  wasReset: boolean;
}

async function replayOnce(
  target: Target,
  session: Session,
  options: ReplayOptions,
): Promise<Outcome> {
  const run = new SessionRun(target, options.cut);
  const patienceMs = options.patienceMs ?? 4_000;
  try {
    for (const [i, step] of session.steps.entries()) {
      const found = await replayStep(run, session, step, patienceMs);
      if (!found) continue;
      const action = JSON.stringify(step.do).slice(0, 200);
      return { difference: { step: i, action, ...found }, wasReset: run.anyFailed() };
    }
    await sleep(silenceMs);
    const extra = run.peek(maskOptionsOf(session));
    const silent = Object.keys(extra).length === 0;
    const last = { step: session.steps.length, action: 'end', expected: {}, got: { out: extra } };
    return { difference: silent ? undefined : last, wasReset: run.anyFailed() };
  } finally {
    run.end();
  }
}

/**
 * Replays a recorded session; undefined when the server answered exactly as recorded. A server
 * that closes before it read everything resets the connection, and a write of ours that meets the
 * reset discards answers that had already arrived: such a run says nothing and is repeated.
 */
export async function replaySession(
  target: Target,
  session: Session,
  options: ReplayOptions = {},
): Promise<Difference | undefined> {
  for (let left = session.fresh ? 0 : 4; ; left -= 1) {
    const { difference, wasReset } = await replayOnce(target, session, options);
    if (!difference || !wasReset || left <= 0) return difference;
  }
}
