import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findReference, startTarget, type TargetKind } from '../conformance/target.ts';
import {
  playWebSocket,
  type WebSocketScenario,
  webSocketScenarios,
} from './websocket-scenarios.ts';

/* nats.js over WebSocket gets the same from nats-server and from us. */

async function outcome(kind: TargetKind, scenario: WebSocketScenario): Promise<unknown> {
  const target = await startTarget(kind, { text: scenario.config });
  try {
    const port = Number(new URL(target.ports.websocket?.[0] ?? '').port);
    return await playWebSocket(scenario, port);
  } finally {
    await target.stop();
  }
}

const missing = findReference() === undefined && process.env.CI !== 'true';
for (const scenario of webSocketScenarios) {
  test(`nats.js over WebSocket: ${scenario.name}`, { timeout: 60_000, skip: missing }, async () => {
    const expected = await outcome('nats-server', scenario);
    assert.deepEqual(await outcome('tnatsd', scenario), expected);
  });
}
