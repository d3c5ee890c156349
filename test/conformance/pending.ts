/**
 * Sessions whose feature tnatsd does not have yet, with the reason. They are replayed all the same and
 * must still differ: a session that begins to pass has to leave pending.json, which
 * `node scripts/pending-sessions.mjs` does.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

declare const __PROJECT_ROOT__: string;

/** By the group of the recording. */
export interface PendingTopic {
  reason: string;
  sessions: string[];
}

export const pendingFile = join(__PROJECT_ROOT__, 'test/conformance/pending.json');

export function readPending(): Record<string, PendingTopic> {
  return JSON.parse(readFileSync(pendingFile, 'utf8')) as Record<string, PendingTopic>;
}

/** The reason by the session's name. */
export const pending: Record<string, string> = Object.fromEntries(
  Object.values(readPending()).flatMap(({ reason, sessions }) =>
    sessions.map((name) => [name, reason]),
  ),
);

/** The same for monitoring documents: `<scenario> <request>`. */
export const pendingDocuments: Record<string, string> = {
  'cluster GET /varz': 'clustering is not active: the cluster port is the configured one',
};
