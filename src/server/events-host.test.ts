import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { goJson } from '../base/go-json.ts';
import { GoRecord, type GoValue } from '../base/go-json-decode.ts';
import { type DocumentName, noAnswer, RefusedDocument } from '../events/events-host.ts';
import { FakeContext } from '../monitor/fake-context.ts';
import { MonitorDocuments } from './events-host.ts';

function build(
  name: DocumentName,
  options: Record<string, GoValue> = {},
  context = new FakeContext(),
): Record<string, unknown> {
  const record = new GoRecord();
  for (const [key, value] of Object.entries(options)) record.set(key, value);
  const document = new MonitorDocuments(context).build(name, record);
  assert.notEqual(document, noAnswer);
  return JSON.parse(goJson(document)) as Record<string, unknown>;
}

test('every document can be asked for', () => {
  const first: Record<DocumentName, string> = {
    VARZ: 'server_id',
    SUBSZ: 'server_id',
    CONNZ: 'server_id',
    ROUTEZ: 'server_id',
    GATEWAYZ: 'server_id',
    LEAFZ: 'server_id',
    ACCOUNTZ: 'server_id',
    ACCSTATZ: 'server_id',
    ACCOUNTINFO: 'account_name',
    JSZ: 'memory',
    HEALTHZ: 'status',
    EXPVARZ: 'memstats',
    IPQUEUESZ: '',
    RAFTZ: '',
  };
  for (const [name, key] of Object.entries(first)) {
    const document = build(name as DocumentName, { account: '$G' });
    assert.equal(Object.keys(document)[0] ?? '', key, name);
  }
});

test('there are no queues to list', () => {
  assert.deepEqual(build('IPQUEUESZ', { all: true }), {});
});

test('options reach the document under the keys of requests', () => {
  const context = new FakeContext();
  context.connect(['caf\xc3\xa9.*']);
  context.connect(['other']);
  const connz = (options: Record<string, GoValue>) => build('CONNZ', options, context);
  const one = connz({ acc: '$G', filter_subject: 'café.x', subscriptions_detail: true, limit: 1n });
  const [connection] = one.connections as Record<string, unknown>[];
  assert.equal(one.num_connections, 1);
  assert.ok(connection);
  assert.equal((connection.subscriptions_list_detail as object[]).length, 1);
  assert.equal(connz({ state: 0n }).num_connections, 2);
  assert.equal(connz({ state: 1n }).num_connections, 0);
  assert.equal(connz({ state: 7n }).total, 0);
  const subsz = build('SUBSZ', { subscriptions: true, test: 'café.x' }, context);
  assert.equal(subsz.total, 1);
  const accstatz = build('ACCSTATZ', { accounts: ['$G'] }, context);
  assert.ok(Array.isArray(accstatz.account_statz));
});

test('what a document refuses is told, what must not be answered is not', () => {
  const documents = new MonitorDocuments(new FakeContext());
  const record = new GoRecord();
  record.set('sort', 'bogus');
  record.set('leader_only', true);
  assert.throws(() => documents.build('CONNZ', record), RefusedDocument);
  assert.equal(documents.build('JSZ', record), noAnswer);
  assert.throws(() => documents.build('ACCOUNTINFO', new GoRecord()), RefusedDocument);
});

test('the command line in a document has no secrets', () => {
  assert.ok(!JSON.stringify(build('EXPVARZ').cmdline).includes('canary'));
});

test('no options make a document fail otherwise than by refusing', () => {
  const names: DocumentName[] = ['CONNZ', 'SUBSZ', 'ACCOUNTZ', 'ACCSTATZ', 'GATEWAYZ', 'HEALTHZ'];
  const context = new FakeContext();
  context.connect(['foo.*', 'bar q']);
  const documents = new MonitorDocuments(context);
  const integer = fc.bigInt(-(1n << 64n), 1n << 64n);
  const value = fc.oneof(integer, fc.string(), fc.boolean(), fc.array(fc.string()));
  const keys = 'limit offset cid state sort acc account user filter_subject test auth details name';
  const options = fc.dictionary(fc.constantFrom(...keys.split(' ')), value);
  fc.assert(
    fc.property(fc.constantFrom(...names), options, (name, values) => {
      const record = new GoRecord();
      for (const [key, one] of Object.entries(values)) record.set(key, one);
      try {
        goJson(documents.build(name, record));
      } catch (error) {
        assert.ok(error instanceof RefusedDocument, String(error));
      }
    }),
  );
});
