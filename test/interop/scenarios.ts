/**
 * What each official client must be able to do with a server. The scenarios have the same names in
 * every language: javascript.ts, python/client.py and go/main.go implement them; here stands what
 * server each needs, and what happens to it once the client says that it is ready.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { configs } from '../conformance/configs.ts';
import {
  startTarget,
  type Target,
  type TargetConfig,
  type TargetKind,
} from '../conformance/target.ts';

export interface Scenario {
  name: string;
  config: string;
  /** Runs when the client printed READY. Returns a further server to stop afterwards. */
  onReady?: (target: Target, config: TargetConfig) => Promise<Target | undefined>;
}

/** Kills the server and starts it again on the same port. */
async function restart(target: Target, config: TargetConfig): Promise<Target> {
  const port = String(target.clientPort);
  await target.stop();
  await sleep(100);
  return await startTarget(target.kind, { ...config, flags: ['-a', '127.0.0.1', '-p', port] });
}

const signal = (name: NodeJS.Signals) => async (target: Target) => {
  target.signal(name);
  return undefined;
};

export const scenarios: Scenario[] = [
  { name: 'pubsub', config: 'plain' },
  { name: 'wildcards', config: 'plain' },
  { name: 'request', config: 'plain' },
  { name: 'many-requests', config: 'plain' },
  { name: 'no-responders', config: 'plain' },
  { name: 'headers', config: 'plain' },
  { name: 'queue', config: 'plain' },
  { name: 'drain', config: 'plain' },
  { name: 'unsubscribe-max', config: 'plain' },
  { name: 'no-echo', config: 'plain' },
  { name: 'large', config: 'plain' },
  { name: 'info', config: 'plain' },
  { name: 'reconnect', config: 'plain', onReady: restart },
  { name: 'user', config: 'user' },
  { name: 'token', config: 'token' },
  { name: 'bcrypt', config: 'bcryptUser' },
  { name: 'no-auth-user', config: 'noAuthUser' },
  { name: 'permissions', config: 'allow' },
  { name: 'max-payload', config: 'maxPayload' },
  { name: 'tls', config: 'tls' },
  { name: 'tls-verify', config: 'tlsVerify' },
  { name: 'tls-first', config: 'tlsFirst' },
  { name: 'lame-duck', config: 'lameDuck', onReady: signal('SIGUSR2') },
];

/** Runs the client's half of a scenario; throws when it did not go as it must. */
export type RunClient = (
  scenario: string,
  url: string,
  ready: () => Promise<void>,
) => Promise<void>;

/** One scenario against one server. */
export async function play(kind: TargetKind, scenario: Scenario, run: RunClient): Promise<void> {
  const config = configs[scenario.config] ?? { text: '' };
  const target = await startTarget(kind, config);
  let next: Target | undefined;
  const ready = async () => {
    next = await scenario.onReady?.(target, config);
  };
  try {
    await run(scenario.name, `127.0.0.1:${target.clientPort}`, ready);
  } catch (error) {
    throw new Error(`${String(error)}\nserver log:\n${target.log().slice(-3_000)}`, {
      cause: error,
    });
  } finally {
    await target.stop();
    await next?.stop();
  }
}
