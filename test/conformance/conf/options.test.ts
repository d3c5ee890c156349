import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { defaultOptions } from '../../../src/options/default-options.ts';
import { ConfigFileError, processConfigFile } from '../../../src/options/process-config.ts';
import { type RecordedCase, readRecorded, worldOf } from './recorded.ts';

const recorded = readRecorded();

/** What we say about a file with `-t`: sorted lines, without the suggestions and places we add. */
function judge(one: RecordedCase): { accepted: boolean; lines: string[] } {
  const options = defaultOptions();
  const fixtures = join(__PROJECT_ROOT__, 'test/conformance/conf/fixtures');
  const io = {
    ...worldOf(one, recorded),
    stat: (path: string) => statOf(join(fixtures, path)),
  };
  try {
    const { warningText } = processConfigFile('main.conf', io, options);
    if (warningText !== '') return { accepted: false, lines: linesOf(warningText) };
    const line = `configuration file main.conf is valid (${options.configDigest})`;
    return { accepted: true, lines: [line] };
  } catch (error) {
    if (!(error instanceof ConfigFileError)) throw error;
    return { accepted: false, lines: linesOf(error.message) };
  }
}

function statOf(path: string): { isDirectory: boolean; mode: number } | undefined {
  try {
    const stats = statSync(path);
    return { isDirectory: stats.isDirectory(), mode: stats.mode };
  } catch {
    return undefined;
  }
}

/** A suggestion, or the place of an error in the language, of which nats-server says only the line. */
const OURS = / \(did you mean ".*"\?\)$|(?<!config is invalid) \([^()\s]*:\d+:\d+\)$/;

function linesOf(text: string): string[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => line.replace(OURS, '')).sort();
}

/** nats-server prints bytes that are not UTF-8 as they are; the recording replaced them. */
function visible(line: string): string {
  return line.replace(/\ufffd+/g, '\ufffd');
}

/** Decided differently on purpose; each is a row of DIFFERENCES.md. */
const different = new Set([
  // nats-server has no places inside the value of an environment variable and trips over it.
  'variable environment array',
  'variable environment map with unknown',
  // An old spelling of max_pending that we still read.
  'rule gnatsd max pending size',
]);

/** nats-server prints its memory or a mishap of its runtime here: only the place is compared. */
function placed(line: string): string {
  const mishap = /%!q\(\*conf\.token|0xc0|index out of range \[/.test(line);
  return mishap ? placeOf(line) : line;
}

function placeOf(line: string): string {
  return /^[^:]*:\d+:\d+/.exec(line)?.[0] ?? line;
}

function sameLines(one: RecordedCase): boolean {
  const lines = judge(one).lines.map(visible);
  const wanted = one.lines.map(visible).map(placed);
  const got = lines.map((line) => (wanted.includes(line) ? line : placeOf(line)));
  // Where nats-server's lines vary from run to run, ours hold at least what never varies.
  if (one.unstable) return wanted.every((line) => lines.includes(line));
  const same = lines.length === wanted.length;
  return same && wanted.every((line) => lines.includes(line) || got.includes(line));
}

describe('configuration files judged as nats-server -t does', () => {
  const cases = recorded.cases.filter((one) => !different.has(one.name));
  test('the same files are accepted and refused', () => {
    const wrong = cases.filter((one) => judge(one).accepted !== one.accepted);
    assert.deepEqual(wrong.map(nameAndLines), []);
  });
  test('with the same lines', () => {
    const wrong = cases.filter((one) => !sameLines(one));
    assert.deepEqual(wrong.map(nameAndLines), []);
  });
});

function nameAndLines(one: RecordedCase): object {
  return { name: one.name, text: one.text, wanted: one.lines, got: judge(one).lines };
}
