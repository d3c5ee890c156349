/** Gives each session a server in its configuration, a few of them at a time. */
import type { Session } from './session.ts';
import { startTarget, type Target, type TargetConfig, type TargetKind } from './target.ts';

/** Sessions of one configuration run on this many servers side by side. */
const serversPerConfig = 6;

export interface Visitor {
  visit(target: Target, session: Session): Promise<void>;
  /** A configuration in which the server did not start; its sessions are not visited. */
  onStartFailure(config: string, sessions: Session[], error: Error): void;
}

class StartFailure extends Error {}

async function drain(
  start: () => Promise<Target>,
  queue: Session[],
  visitor: Visitor,
): Promise<void> {
  let target: Target | undefined;
  try {
    for (;;) {
      if (queue.length === 0) return;
      target ??= await start();
      const session = queue.shift();
      if (!session) return;
      await visitor.visit(target, session);
      if (session.fresh) {
        await target.stop();
        target = undefined;
      }
    }
  } finally {
    await target?.stop();
  }
}

function byConfig(sessions: Session[]): Map<string, Session[]> {
  const groups = new Map<string, Session[]>();
  for (const session of sessions) {
    const group = groups.get(session.config);
    if (group) group.push(session);
    else groups.set(session.config, [session]);
  }
  return groups;
}

/** Visits every session once. Never more than `serversPerConfig` servers run at a time. */
export async function visitSessions(
  kind: TargetKind,
  configs: Record<string, TargetConfig>,
  sessions: Session[],
  visitor: Visitor,
): Promise<void> {
  const jobs: (() => Promise<void>)[] = [];
  for (const [name, queue] of byConfig(sessions)) {
    const config = configs[name];
    if (!config) throw new Error(`no configuration ${name}`);
    const lanes = Math.min(serversPerConfig, Math.ceil(queue.length / 12));
    const start = () =>
      startTarget(kind, config).catch((error: Error) => {
        const left = queue.splice(0);
        if (left.length > 0) visitor.onStartFailure(name, left, error);
        throw new StartFailure();
      });
    const job = () =>
      drain(start, queue, visitor).catch((error: unknown) => {
        if (!(error instanceof StartFailure)) throw error;
      });
    for (let i = 0; i < lanes; i += 1) jobs.push(job);
  }
  const worker = async () => {
    for (let job = jobs.shift(); job; job = jobs.shift()) await job();
  };
  await Promise.all(Array.from({ length: serversPerConfig }, worker));
}
