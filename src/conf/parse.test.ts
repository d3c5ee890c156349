import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ConfError } from './errors.ts';
import { type ConfMap, type ConfNode, type ConfValue, isConfArray, isConfMap } from './node.ts';
import { parseConfig, parseConfigFile } from './parse.ts';

const nothing = {
  readFile(path: string): never {
    throw Object.assign(new Error('none'), { code: 'ENOENT', path });
  },
  env: () => undefined,
};

function parse(text: string | Uint8Array, env: Record<string, string> = {}): ConfMap {
  return parseConfig(text, { ...nothing, file: 't.conf', env: (name) => env[name] }).root;
}

function plain(value: ConfValue): unknown {
  if (isConfMap(value)) return new Map([...value.entries].map(([k, n]) => [k, plain(n.value)]));
  return isConfArray(value) ? value.items.map((item) => plain(item.value)) : value;
}

function value(text: string, key = 'v'): unknown {
  const node = parse(text).entries.get(key);
  return node === undefined ? undefined : plain(node.value);
}

function refusal(run: () => unknown): ConfError {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfError) return error;
    throw error;
  }
  throw new Error('accepted');
}

function at(node: ConfNode | undefined): [number, number] | undefined {
  return node === undefined ? undefined : [node.line, node.column];
}

describe('values', () => {
  test('integers keep 64 bits and take units', () => {
    assert.equal(value('v: 9223372036854775807'), 9223372036854775807n);
    assert.equal(value('v: 64kb'), 65536n);
    assert.equal(value('v: 64k'), 64000n);
    assert.equal(value('v: -2GiB'), -2147483648n);
    assert.equal(value('v: 16eb'), 0n);
  });
  test('floats are numbers, integers are not', () => {
    assert.equal(value('v: 1.0'), 1);
    assert.equal(value('v: 1'), 1n);
  });
  test('strings: bare, quoted, escaped, block', () => {
    assert.equal(value('v: foo.>'), 'foo.>');
    assert.equal(value("v: 'a\\nb'"), 'a\\nb');
    assert.equal(value('v: "a\\n\\x41\\"b"'), 'a\n\x41"b');
    assert.equal(value('v: (\nsome\ntext\n)\n'), '\nsome\ntext\n');
    assert.equal(value('v: "\\xc3\\xa9"'), 'é');
    assert.equal(value('v: 5m30s'), '5m30s');
    assert.equal(value('v: 127.0.0.1:4222'), '127.0.0.1:4222');
  });
  test('bcrypt hashes need no quotes', () => {
    assert.equal(value('v: $2a$11$abc'), '$2a$11$abc');
  });
  test('booleans and dates', () => {
    assert.equal(value('v: Yes'), true);
    assert.equal(value('v: "yes"'), 'yes');
    assert.deepEqual(value('v: 2024-02-29T01:02:03Z'), new Date('2024-02-29T01:02:03Z'));
  });
  test('maps and arrays', () => {
    const inner = new Map<string, unknown>([['b', 'x']]);
    assert.deepEqual(value('v { a: [1, {b: x}] }'), new Map([['a', [1n, inner]]]));
    assert.deepEqual(value('v: [a\nb, c]'), ['a', 'b', 'c']);
  });
  test('the last of two keys wins, in the place of the first', () => {
    assert.equal(value('v: 1\nv: 2'), 2n);
    assert.deepEqual([...parse('v: 1\nw: 1\nv: 2').entries.keys()], ['v', 'w']);
  });
  test('keys of the prototype are only keys', () => {
    const root = parse('__proto__ { polluted: 1 }\nconstructor: 2\n');
    assert.deepEqual([...root.entries.keys()], ['__proto__', 'constructor']);
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
  });
});

describe('places', () => {
  test('a node carries the place of its key', () => {
    const root = parse('a: 1\n  b {\n\tc: 2\n }\n');
    assert.deepEqual(at(root.entries.get('a')), [1, 0]);
    assert.deepEqual(at(root.entries.get('b')), [2, 3]);
    const b = root.entries.get('b')?.value as ConfMap;
    assert.deepEqual(at(b.entries.get('c')), [3, 2]);
  });
  test('columns count bytes', () => {
    assert.deepEqual(at(parse('\né: x; b: 1').entries.get('b')), [2, 8]);
  });
  test('an error carries file, line and column', () => {
    const error = refusal(() => parse('a: 1\nb: .5\n'));
    assert.equal(error.message, "Parse error on line 2: 'Floats must start with a digit'");
    assert.deepEqual([error.code, error.file, error.line], ['CONF_SYNTAX', 't.conf', 2]);
    assert.equal(error.column, 5);
  });
});

describe('variables', () => {
  test('are looked up from the inside out, then in the environment', () => {
    assert.equal(value('A = 1\nv = $A'), 1n);
    assert.deepEqual(value('A = 1\nv { A = 2, b = $A }'), value('v { A = 2, b = 2 }'));
    assert.equal(plain(parse('v = $A', { A: '5k' }).entries.get('v')?.value ?? ''), 5000n);
  });
  test('mark what they refer to', () => {
    const root = parse('A = 1\nv = $A');
    assert.equal(root.entries.get('A')?.usedVariable, true);
    assert.equal(root.entries.get('v')?.usedVariable, false);
  });
  test('values inside an environment variable stand where the reference stands', () => {
    const root = parse('\n v = $A', { A: '{ x: 1 }' });
    const map = root.entries.get('v')?.value as ConfMap;
    assert.deepEqual(at(map.entries.get('x')), [2, 2]);
    assert.equal(map.entries.get('x')?.file, 't.conf');
  });
  test('a cycle is an error', () => {
    const error = refusal(() => parse('v = $A', { A: '$B', B: '$A' }));
    assert.equal(error.code, 'CONF_VARIABLE');
    assert.match(error.message, /variable reference cycle for 'A'/);
  });
});

describe('files', () => {
  const files: Record<string, string> = {
    '/etc/main.conf': 'include sub/a.conf\n',
    '/etc/sub/a.conf': '\n  include "b.conf"\n',
    '/etc/sub/b.conf': '\n\n  v: 1\n',
    '/etc/loop.conf': 'include ./loop.conf',
  };
  const source = {
    env: () => undefined,
    readFile: (path: string): string => files[path] ?? nothing.readFile(path),
  };
  test('includes are relative to the including file and keep their places', () => {
    const node = parseConfigFile('/etc/main.conf', source).root.entries.get('v');
    assert.deepEqual([node?.file, ...(at(node) ?? [])], ['/etc/sub/b.conf', 3, 3]);
  });
  test('a file that includes itself is refused', () => {
    const error = refusal(() => parseConfigFile('/etc/loop.conf', source));
    assert.deepEqual([error.code, error.file, error.line], ['CONF_INCLUDE', '/etc/loop.conf', 1]);
  });
  test('a file that is not there is refused in the words of Go', () => {
    const error = refusal(() => parseConfigFile('nowhere.conf', source));
    assert.equal(error.message, 'open nowhere.conf: no such file or directory');
  });
});

describe('limits', () => {
  test('nesting', () => {
    assert.equal(refusal(() => parse(`v: ${'['.repeat(100_000)}`)).code, 'CONF_LIMIT');
    assert.equal(refusal(() => parse('v { '.repeat(100_000))).code, 'CONF_LIMIT');
    const chain = ['a0 = [ "x" ]'];
    for (let i = 1; i < 1200; i++) chain.push(`a${i} = [ $a${i - 1} ]`);
    assert.equal(refusal(() => parse(chain.join('\n'))).code, 'CONF_LIMIT');
  });
  test('values that double with every variable', () => {
    const lines = ['a0 = "0123456789"'];
    for (let i = 1; i < 64; i++) lines.push(`a${i} = [ $a${i - 1} , $a${i - 1} ]`);
    assert.equal(refusal(() => parse(lines.join('\n'))).code, 'CONF_LIMIT');
  });
  test('environment variables that double', () => {
    const env: Record<string, string> = { A0: '1 ' };
    for (let i = 1; i < 40; i++) env[`A${i}`] = `[ $A${i - 1} , $A${i - 1} ]`;
    assert.equal(refusal(() => parse('v = $A39', env)).code, 'CONF_LIMIT');
  });
  test('files that include each other twice', () => {
    const readFile = (path: string): string => {
      const next = `${Number.parseInt(path, 10) + 1}.conf`;
      return `include "./${next}"\ninclude "./${next}"\n`;
    };
    const error = refusal(() => parseConfigFile('0.conf', { readFile, env: () => undefined }));
    assert.equal(error.code, 'CONF_LIMIT');
  });
});

describe('any text', () => {
  const words = fc.constantFrom(
    ...[
      'a',
      'port',
      '=',
      ':',
      ' ',
      '\n',
      '{',
      '}',
      '[',
      ']',
      ',',
      ';',
      '"',
      "'",
      '(',
      ')',
      '\n)\n',
    ],
    ...[
      '#',
      '//',
      '/',
      '\\',
      '\\x41',
      '$a',
      '$E',
      '$2a$',
      '1',
      '-',
      '1k',
      '1.5',
      '.',
      '2020-',
      'on',
    ],
    ...['include x\n', '\0', 'é', '\u3000', '\u0663'],
  );
  const text = fc.array(words, { maxLength: 60 }).map((parts) => parts.join(''));
  const env = { E: '{ a: [ $E2 ] }', E2: '1' };

  function outcome(input: string | Uint8Array): string {
    try {
      const source = { ...nothing, file: 't', env: (name: string) => env[name as 'E'] };
      return parseConfig(input, source).digest;
    } catch (error) {
      if (error instanceof ConfError) return error.message;
      throw error;
    }
  }

  test('gives values or a ConfError, the same each time', () => {
    fc.assert(
      fc.property(text, (input) => assert.equal(outcome(input), outcome(input))),
      {
        numRuns: 2000,
      },
    );
  });
  test('so do any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (input) => void outcome(input)),
      {
        numRuns: 1000,
      },
    );
  });
  test('JSON text means what JSON.parse says', () => {
    const leaf = fc.oneof(fc.string(), fc.boolean(), fc.integer());
    const letters = fc.stringMatching(/^[a-z_]{1,9}$/);
    const json = fc.letrec((tie) => ({
      any: fc.oneof({ depthSize: 'small' }, leaf, tie('list'), tie('map')),
      list: fc.array(tie('any'), { maxLength: 4 }),
      map: fc.dictionary(letters, tie('any'), { maxKeys: 4 }),
    })).map;
    fc.assert(
      fc.property(json, (document) => {
        const parsed = plain(parse(jsonText(document)));
        assert.deepEqual(parsed, expected(document));
      }),
      { numRuns: 500 },
    );
  });
});

/** JSON with a blank before every closing bracket: `[1]` is not an array in this language. */
function jsonText(item: unknown): string {
  if (typeof item === 'string') return quoted(item);
  if (Array.isArray(item)) return `[${item.map(jsonText).join(', ')} ]`;
  if (typeof item !== 'object' || item === null) return String(item);
  const entries = Object.entries(item).map(([key, inner]) => `"${key}": ${jsonText(inner)}`);
  return `{${entries.join(', ')} }`;
}

/** NUL ends a quoted string of this language, so it is written as an escape. */
function quoted(text: string): string {
  const inner = text.replace(/["\\]/g, (char) => `\\${char}`).replaceAll('\0', '\\x00');
  return `"${inner}"`;
}

function expected(item: unknown): unknown {
  if (Array.isArray(item)) return item.map(expected);
  if (typeof item === 'number') return BigInt(item);
  if (typeof item !== 'object' || item === null) return item;
  return new Map(Object.entries(item).map(([key, inner]) => [key, expected(inner)]));
}
