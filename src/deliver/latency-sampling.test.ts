import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalName, isContextSampled, sampleRequest } from './latency-sampling.ts';

const drawing = (value: number) => ({ below: () => value, bytes: (n: number) => Buffer.alloc(n) });
const byHeader = { sampling: 0, subject: 'lat' };

function asked(...lines: string[]): Record<string, readonly string[]> | undefined {
  const header = Buffer.from(`NATS/1.0\r\n${lines.join('\r\n')}\r\n\r\n`);
  const sampled = sampleRequest(byHeader, header, drawing(0));
  return sampled && Object.fromEntries(sampled.header ?? []);
}

test('a percentage of requests', () => {
  const at = (sampling: number, drawn: number) =>
    sampleRequest({ sampling, subject: 'lat' }, undefined, drawing(drawn)) !== undefined;
  assert.equal(at(100, 99), true);
  assert.equal(at(50, 50), true, 'nat-server counts the limit in');
  assert.equal(at(50, 51), false);
  assert.equal(sampleRequest(undefined, undefined, drawing(0)), undefined);
  assert.equal(sampleRequest(byHeader, undefined, drawing(0)), undefined);
});

test('headers that ask, and what of them is reported', () => {
  assert.deepEqual(asked('X-B3-Sampled: 1', 'X-B3-SpanId: s', 'x: y'), {
    'X-B3-Sampled': ['1'],
    'X-B3-Spanid': ['s'],
  });
  assert.equal(asked('X-B3-Sampled: 0', 'X-B3-TraceId: 1'), undefined);
  assert.deepEqual(asked('X-B3-TraceId: 1'), { 'X-B3-Traceid': ['1'] });
  assert.deepEqual(asked('B3: 1-2-d'), { B3: ['1-2-d'] });
  assert.equal(asked('b3: 0'), undefined);
  assert.deepEqual(asked('Uber-Trace-Id: a:b:c:1', 'Uberctx-User: u'), {
    'Uber-Trace-Id': ['a:b:c:1'],
    'Uberctx-User': ['u'],
  });
  assert.equal(asked('Uber-Trace-Id: a:b:c:2'), undefined);
  assert.deepEqual(asked('traceparent: 00-a-b-01', 'tracestate: s'), {
    Traceparent: ['00-a-b-01'],
    Tracestate: ['s'],
  });
  assert.equal(asked('other: 1'), undefined);
});

test('trace context flags', () => {
  assert.equal(isContextSampled('00-a-b-01'), true);
  assert.equal(isContextSampled('00-a-b-00'), false);
  assert.equal(isContextSampled('00-a-b-ff'), false, 'Go reads them as a signed byte');
  assert.equal(isContextSampled('00-a-b'), false);
  assert.equal(isContextSampled('00-a-b-1'), false);
});

test("names in Go's canonical form", () => {
  assert.equal(canonicalName('x-b3-traceID'), 'X-B3-Traceid');
  assert.equal(canonicalName('with blank'), 'with blank');
});
