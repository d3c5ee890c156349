import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConfError } from '../../../src/conf/errors.ts';
import { parseConfigFile } from '../../../src/conf/parse.ts';
import { type RecordedCase, readRecorded, worldOf } from './recorded.ts';

const recorded = readRecorded();

/** What the language alone says about a file: its digest, or the lines of its error. */
function judge(one: RecordedCase): { digest: string } | { lines: string[] } {
  try {
    return { digest: parseConfigFile('main.conf', worldOf(one, recorded)).digest };
  } catch (error) {
    if (!(error instanceof ConfError)) throw error;
    return { lines: error.message.split('\n') };
  }
}

/** Lines of errors in options: they name a place, or that there is nothing. */
const OPTION_LINE = /^[\w./-]+\.conf:\d+:\d+: |: config has no values or is empty$/;

describe('configuration files as recorded from nats-server', () => {
  test('the corpus is large', () => {
    assert.ok(recorded.cases.length >= 1000, `${recorded.cases.length} cases`);
  });
  test('accepted files have the same digest', () => {
    for (const one of recorded.cases) {
      if (!one.accepted) continue;
      const judged = judge(one);
      assert.ok('digest' in judged, `${one.name}: refused: ${JSON.stringify(judged)}`);
      const line = `configuration file main.conf is valid (${judged.digest})`;
      assert.deepEqual(one.lines, [line], one.name);
    }
  });
  test('files that break the language are refused with the same words', () => {
    let count = 0;
    for (const one of recorded.cases) {
      const judged = judge(one);
      if ('digest' in judged) continue;
      count++;
      assert.equal(one.accepted, false, one.name);
      assert.deepEqual(judged.lines.map(visible).sort(), one.lines.map(visible), one.name);
    }
    assert.ok(count >= 300, `${count} cases`);
  });
  test('files refused for another reason are refused by an option', () => {
    for (const one of recorded.cases) {
      if (one.accepted || 'lines' in judge(one)) continue;
      for (const line of one.lines) assert.ok(isOptionLine(line), `${one.name}: ${line}`);
    }
  });
});

function isOptionLine(line: string): boolean {
  return (
    OPTION_LINE.test(line) || !/^(?:Parse error|variable reference|integer|expected)/.test(line)
  );
}

/** nats-server prints bytes that are not UTF-8 as they are; the recording replaced them. */
function visible(line: string): string {
  return line.replace(/\ufffd+/g, '\ufffd');
}
