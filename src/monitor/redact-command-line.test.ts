import assert from 'node:assert/strict';
import test from 'node:test';
import { redactCommandLine } from './redact-command-line.ts';

test('secrets of the command line are hidden in every form they are given', () => {
  const words = [
    '--user',
    'canary1',
    '--pass=canary2',
    '-auth',
    'canary3',
    '-p',
    '4222',
    '--routes=nats://canary4:canary5@h1:1,nats://a:canary6@h2:2',
    '--cluster',
    'u:canary7@h:1',
    '--config',
    '/etc/nats/server.conf',
  ];
  const shown = redactCommandLine(words).join(' ');
  assert.ok(!/canary/.test(shown), shown);
  assert.ok(shown.includes('-p 4222'));
  assert.ok(shown.includes('@h1:1,nats://'));
  assert.ok(shown.endsWith('--config /etc/nats/server.conf'));
});
