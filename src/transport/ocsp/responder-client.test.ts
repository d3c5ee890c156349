import assert from 'node:assert/strict';
import test from 'node:test';
import { reply, TestResponder } from '../../../test/ocsp/responder.ts';
import { ResponderClient } from './responder-client.ts';

const small = { replyBytesMax: 1000, concurrentMax: 2, waitingMax: 1 };

test('gets and posts', async (t) => {
  const responder = await TestResponder.open((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => response.end(Buffer.concat(parts)));
  });
  t.after(() => responder.close());
  const client = new ResponderClient();
  const got = await client.get(`${responder.url}/abc%2B`, 1000);
  assert.deepEqual([got.status, got.body.toString()], [200, '']);
  const posted = await client.post(responder.url, Buffer.from('question'), 1000);
  assert.equal(posted.body.toString(), 'question');
  assert.deepEqual(responder.requests, ['GET /abc%2B', 'POST /']);
});

test('a reply that is too large, too slow or never comes is an error in time', async (t) => {
  const responder = await TestResponder.open(reply(Buffer.alloc(1001)));
  t.after(() => responder.close());
  const client = new ResponderClient(small);
  await assert.rejects(client.get(responder.url, 1000), /larger than 1000 bytes/);
  responder.answer(() => {});
  await assert.rejects(client.get(responder.url, 50), /context deadline exceeded/);
  responder.answer((_request, response) => {
    response.writeHead(200).write('a');
  });
  await assert.rejects(client.get(responder.url, 50), /context deadline exceeded/);
  responder.answer((request) => void request.socket.destroy());
  await assert.rejects(client.get(responder.url, 1000), /EOF/);
});

test('names who refused', async () => {
  const responder = await TestResponder.open(reply(Buffer.alloc(0)));
  const { url } = responder;
  await responder.close();
  const place = url.slice('http://'.length);
  const text = `Get "${url}/x": dial tcp ${place}: connect: connection refused`;
  await assert.rejects(new ResponderClient().get(`${url}/x`, 1000), { message: text });
});

test('follows redirects, and not for ever', async (t) => {
  const responder = await TestResponder.open((request, response) => {
    if (request.url === '/loop') response.writeHead(302, { location: '/loop' }).end();
    else if (request.url === '/a') response.writeHead(307, { location: '/b' }).end();
    else if (request.url === '/file') response.writeHead(302, { location: 'file:///etc' }).end();
    else response.end(request.method);
  });
  t.after(() => responder.close());
  const client = new ResponderClient();
  const posted = await client.post(`${responder.url}/a`, Buffer.from('q'), 1000);
  assert.equal(posted.body.toString(), 'POST');
  await assert.rejects(client.get(`${responder.url}/loop`, 1000), /stopped after 10 redirects/);
  await assert.rejects(client.get(`${responder.url}/file`, 1000), /unsupported protocol scheme/);
});

test('few queries run at once, few wait, and waiting counts', async (t) => {
  const responder = await TestResponder.open(() => {});
  t.after(() => responder.close());
  const client = new ResponderClient(small);
  const running = [1, 2].map(() => client.get(responder.url, 300).catch((e: Error) => e.message));
  const waiting = client.get(responder.url, 50).catch((e: Error) => e.message);
  await assert.rejects(client.get(responder.url, 1000), /too many OCSP queries are waiting/);
  assert.match((await waiting) as string, /deadline exceeded/);
  assert.equal(responder.requests.length, 2);
  for (const text of await Promise.all(running)) assert.match(text as string, /deadline exceeded/);
  responder.answer(reply(Buffer.from('ok')));
  assert.equal((await client.get(responder.url, 1000)).status, 200);
});
