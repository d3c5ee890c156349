import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configJsonSchema } from './json-schema.ts';

interface Node {
  properties?: Record<string, Node>;
  anyOf?: Node[];
  items?: Node;
  additionalProperties?: unknown;
  enum?: string[];
  description?: string;
}

test('the schema has every key with its aliases, blocks included', () => {
  const schema = configJsonSchema() as Node;
  const properties = schema.properties ?? {};
  assert.equal(schema.additionalProperties, false);
  for (const key of ['listen', 'max_pending', 'max_pending_size', 'jsonp', 'log_format', 'leaf']) {
    assert.ok(properties[key], key);
  }
  assert.deepEqual(properties.log_format?.enum, ['text', 'json']);
  const users = properties.authorization?.properties?.users;
  const permissions = users?.items?.properties?.permissions;
  assert.ok(permissions?.properties?.allow_responses?.anyOf);
  assert.ok(properties.cluster?.properties?.tls?.properties?.cert_file);
  assert.match(properties.port?.description ?? '', /Default: 4222/);
});

test('the schema is plain JSON', () => {
  const schema = configJsonSchema();
  assert.deepEqual(JSON.parse(JSON.stringify(schema)), schema);
});
