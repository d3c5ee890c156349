import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certsDir } from '../conformance/target.ts';
import { startCore } from '../fault/raw-client.ts';
import { playWebSocket, webSocketScenarios } from '../interop/websocket-scenarios.ts';

/* nats.js over WebSocket, with a peer that shares nothing with our framing. */

const refused = new Set([
  'wrong password',
  'no password',
  'wrong password in a cookie',
  'wrong credentials of the listener',
  'connection type not allowed',
]);

for (const scenario of webSocketScenarios) {
  test(`nats.js over WebSocket: ${scenario.name}`, { timeout: 30_000 }, async () => {
    const core = await startCore(scenario.config.replaceAll('@CERTS@', certsDir));
    try {
      const result = await playWebSocket(scenario, core.server.websocketListener.port!);
      if (scenario.run === undefined) {
        const { got, samePort } = result as { got: unknown; samePort: boolean };
        assert.deepEqual(got, [202, 'talk.header v 1', 'talk.last  0']);
        assert.ok(samePort);
      } else if (refused.has(scenario.name)) assert.equal(result, 'AuthorizationError');
      else if (scenario.name === 'origin not allowed') assert.match(String(result), /403/);
      else if (scenario.name === 'the client closes') assert.equal(result, '3456 enough');
      else if (scenario.name === 'a payload that is too long') {
        assert.equal(result, '1009 Maximum Message Payload Exceeded');
      } else assert.notEqual(result, 'connected');
    } finally {
      await core.close();
    }
  });
}
