import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearestKey } from './nearest-key.ts';

const known = ['port', 'host', 'max_payload', 'max_pending', 'ping_interval', 'tls'];

test('a misspelt key gets the nearest known one', () => {
  const cases: [string, string | undefined][] = [
    ['prot', 'port'],
    ['maxPayload', 'max_payload'],
    ['max-payload', 'max_payload'],
    ['max_paylod', 'max_payload'],
    ['ping_intervall', 'ping_interval'],
    ['tsl', 'tls'],
    ['colour', undefined],
    ['x', undefined],
  ];
  for (const [key, nearest] of cases) assert.equal(nearestKey(key, known), nearest, key);
});
