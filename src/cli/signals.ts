import { errorText } from '../base/error-text.ts';
import { goQuote } from '../base/go-quote.ts';
import type { Logger } from '../platform/logger.ts';

/*
 * Unix signals of the program (never in library mode). Lines and exit codes are nats-server's
 * (server/signal.go): INT and TERM stop the server and exit with 0, but TERM lets a lame duck finish; HUP
 * reloads; USR1 opens the log file again; USR2 enters lame duck mode. QUIT keeps its default
 * there, which makes Go dump its goroutines; here it stops the server like INT, because a core dump helps nobody.
 */

/** What the signals act on. */
export interface SignalTarget {
  /** Stops the server; resolves when all is closed. */
  shutdown(): Promise<void>;
  /** Rejects with the reason when nothing was changed. */
  reload(): Promise<void>;
  reopenLog(): void;
  /** Starts lame duck mode; ends the process itself, later. */
  lameDuck(): void;
  readonly isLameDuck: boolean;
}

/** How Go names the signals in `Trapped "…" signal`. */
const goNames: Partial<Record<NodeJS.Signals, string>> = {
  SIGINT: 'interrupt',
  SIGTERM: 'terminated',
  SIGQUIT: 'quit',
  SIGHUP: 'hangup',
  SIGUSR1: 'user defined signal 1',
  SIGUSR2: 'user defined signal 2',
};

/** Listens for the signals; the result stops listening. `exit` is called after a stop. */
export function handleSignals(
  target: SignalTarget,
  logger: Logger,
  exit: (code: number) => void,
): () => void {
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    target.shutdown().then(
      () => exit(0),
      () => exit(1),
    );
  };
  const reload = () => {
    target.reload().catch((error: unknown) => {
      const reason = errorText(error);
      logger.error(`Failed to reload server configuration: ${reason}`);
    });
  };
  const actions: Partial<Record<NodeJS.Signals, () => void>> = {
    SIGINT: stop,
    SIGTERM: () => {
      if (!target.isLameDuck) stop();
    },
    SIGQUIT: stop,
    SIGHUP: reload,
    // Having a listener is also what keeps Node from opening its inspector on SIGUSR1.
    SIGUSR1: () => target.reopenLog(),
    SIGUSR2: () => target.lameDuck(),
  };
  const trap = (name: NodeJS.Signals) => {
    logger.notice(`Trapped ${goQuote(goNames[name] ?? name)} signal`);
    actions[name]?.();
  };
  const names = Object.keys(actions) as NodeJS.Signals[];
  // Windows has no user signals, and Node refuses to listen for them there.
  const known = process.platform === 'win32' ? names.slice(0, 2) : names;
  for (const name of known) process.on(name, trap);
  return () => {
    for (const name of known) process.off(name, trap);
  };
}
