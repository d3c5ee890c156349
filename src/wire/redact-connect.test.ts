import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeConnect, defaultConnectOptions } from './connect.ts';
import { redactConnect } from './redact-connect.ts';

test('what nats-server hides in a trace is hidden as there', () => {
  for (const [text, shown] of [
    ['{"user":"u","pass":"p"}', '{"user":"u","pass":"[REDACTED]"}'],
    ['{"auth_token":"t","name":"n"}', '{"auth_token":"[REDACTED]","name":"n"}'],
    ['{"nkey":"U","sig":"s"}', '{"nkey":"[REDACTED]","sig":"[REDACTED]"}'],
    ['{"proxy_sig": "s" }', '{"proxy_sig": "[REDACTED]" }'],
    ['{"pass":"', '{"pass":"[REDACTED]'],
    ['{pass:p}', '{pass:[REDACTED]}'],
    ['{"verbose":false,"name":"n"}', '{"verbose":false,"name":"n"}'],
  ] as const) {
    assert.equal(redactConnect(text), shown);
  }
});

test('CVE-2026-33216: no secret stays in a trace, however its member is written', () => {
  const field = fc.constantFrom('pass', 'auth_token', 'jwt', 'sig', 'proxy_sig', 'nkey');
  const letter = fc.tuple(fc.boolean(), fc.boolean());
  // Any text may stand around the canary: quotes, commas, braces, line breaks.
  fc.assert(
    fc.property(field, fc.array(letter), fc.string(), fc.string(), (name, forms, before, after) => {
      const written = [...name].map((char, i) => {
        const [upper, escaped] = forms[i % Math.max(1, forms.length)] ?? [false, false];
        const cased = upper ? char.toUpperCase() : char;
        return escaped ? `\\u${cased.charCodeAt(0).toString(16).padStart(4, '0')}` : cased;
      });
      const value = `${before}CANARY${after}`;
      const text = `{"verbose":false,"${written.join('')}":${JSON.stringify(value)},"name":"n"}`;
      const options = defaultConnectOptions();
      decodeConnect(text, options);
      assert.equal(options[name as 'pass'], value, 'the member counts');
      const shown = redactConnect(text);
      assert.doesNotMatch(shown, /CANARY/, text);
      assert.match(shown, /^\{"verbose":false,/);
      // Cut anywhere, too.
      for (let at = 0; at < text.length; at += 7) {
        assert.doesNotMatch(redactConnect(text.slice(0, at)), /CANARY/, text.slice(0, at));
      }
    }),
    { numRuns: 300 },
  );
});
