import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultOptions } from './default-options.ts';
import { memoryIo } from './memory-io.ts';
import { processConfigFile } from './process-config.ts';
import { refuseUnsupported, UnsupportedOptionError } from './unsupported-options.ts';

function judge(text: string): string[] {
  const options = defaultOptions();
  processConfigFile('s.conf', memoryIo({ 's.conf': text }), options);
  return refuseUnsupported(options);
}

test('an option that protects and is not there yet refuses to start', () => {
  const cases: [text: string, option: string][] = [
    ['jetstream { key: abc }', 'jetstream key'],
    ['jetstream { tpm { keys_file: "a", encryption_password: "b" } }', 'tpm'],
  ];
  for (const [text, option] of cases) {
    assert.throws(
      () => judge(text),
      (error) => error instanceof UnsupportedOptionError && error.option === option,
      text,
    );
  }
});

test('the error names the option, its place and the file', () => {
  assert.throws(
    () => judge('jetstream { key: abc }'),
    ({ message }: Error) =>
      /"jetstream key" \(jetstream\) in s\.conf/.test(message) && !message.includes('abc'),
  );
});

test('an option that only adds is named in a warning', () => {
  const lines = judge(
    'jetstream: enabled\nleafnodes { port: 7422 }\n' +
      'cluster { port: 6222 }\nserver_tags: [a]\nauthorization { users: [ { user: a, password: b } ] }',
  );
  assert.deepEqual(lines, [
    'Option "jetstream" (top level) is not active yet',
    'Option "cluster" (port 6222) is not active yet',
    'Option "leafnodes" (port 7422) is not active yet',
  ]);
});

test('switched off, an option is no matter', () => {
  assert.deepEqual(judge('jetstream: false'), []);
});
