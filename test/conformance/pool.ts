/** Gives each session a server in its configuration, a few of them at a time. */
import type { Session } from './session.ts';
import { startTarget, type Target, type TargetConfig, type TargetKind } from './target.ts';

/** Sessions of one configuration run on this many servers side by side. */
const serversPerConfig = 6;

export type Visit = (target: Target, session: Session) => Promise<void>;

async function drain(
  kind: TargetKind,
  config: TargetConfig,
  queue: Session[],
  visit: Visit,
): Promise<void> {
  let target: Target | undefined;
  try {
    for (;;) {
      const session = queue.shift();
      if (!session) return;
      target ??= await startTarget(kind, config);
      await visit(target, session);
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
  visit: Visit,
): Promise<void> {
  const jobs: (() => Promise<void>)[] = [];
  for (const [name, queue] of byConfig(sessions)) {
    const config = configs[name];
    if (!config) throw new Error(`no configuration ${name}`);
    const lanes = Math.min(serversPerConfig, Math.ceil(queue.length / 12));
    for (let i = 0; i < lanes; i += 1) jobs.push(() => drain(kind, config, queue, visit));
  }
  const worker = async () => {
    for (let job = jobs.shift(); job; job = jobs.shift()) await job();
  };
  await Promise.all(Array.from({ length: serversPerConfig }, worker));
}
