import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededBelow } from '../conformance/chunking.ts';
import { clientCorpus, httpCorpus } from './corpus.ts';
import { illegalHttp, illegalOutput } from './legality.ts';
import { mutate } from './mutate.ts';

const info = 'INFO {"server_id":"N","max_payload":1}\r\n';

test('the same seed gives the same stream, another seed another', () => {
  const corpus = clientCorpus();
  assert.ok(corpus.length > 400, `corpus of ${corpus.length}`);
  const streams = Array.from({ length: 200 }, (_, i) => mutate(corpus, seededBelow(i)));
  for (const [i, stream] of streams.entries())
    assert.deepEqual(mutate(corpus, seededBelow(i)), stream);
  const distinct = new Set(streams.map((stream) => stream.toString('latin1')));
  assert.ok(distinct.size > 190, `${distinct.size} distinct streams`);
  assert.ok(streams.every((stream) => stream.length > 0 && stream.length <= 262_144));
});

test('the HTTP corpus holds every recorded request', () => {
  assert.ok(httpCorpus().length > 200);
});

test('legal output passes the oracle', () => {
  for (const frames of [
    '',
    '+OK\r\n',
    "-ERR 'x'\r\n",
    'MSG a 1 2\r\nhi\r\n',
    'MSG a 1 r 0\r\n\r\n',
    'HMSG a 1 12 13\r\nNATS/1.0\r\n\r\nx\r\n',
    'MSG a 1 9\r\nunfin',
  ])
    assert.equal(illegalOutput(info + frames), undefined, frames);
  assert.equal(illegalHttp('HTTP/1.1 200 OK\r\n'), undefined);
  assert.equal(illegalHttp(''), undefined);
});

test('illegal output does not', () => {
  for (const frames of [
    'OK\r\n',
    '-ERR x\r\n',
    'MSG a 1 2\r\nhello\r\n',
    'MSG a 2\r\nhi\r\n',
    'HMSG a 1 14 13\r\nNATS/1.0\r\n\r\nx\r\n',
    'INFO {\r\n',
    '+OK\n',
    'garbage',
  ])
    assert.notEqual(illegalOutput(info + frames), undefined, frames);
  assert.notEqual(illegalOutput('+OK\r\n'), undefined);
  assert.notEqual(illegalHttp(info), undefined);
});
