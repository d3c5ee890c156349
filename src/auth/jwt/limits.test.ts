import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { recorded } from '../../../test/fixtures/jwt/recorded.ts';
import { isKnownZone, parseTimeOfDay, userMayConnectNow } from './connect-times.ts';
import { isRevoked } from './revocations.ts';
import { isFromSource, parseNetwork } from './source-networks.ts';

test('connect times are those of nats-server, through changes of the clock', () => {
  for (const { times, zone, at } of recorded.times) {
    // Recorded where local time was UTC.
    const times_location = zone === 'Local' ? 'UTC' : zone;
    for (const [nowMs, leftMs] of at) {
      const { allowed, endsMs } = userMayConnectNow(
        { src: [], times: times ?? [], times_location },
        nowMs,
      );
      const left = allowed ? Math.trunc((endsMs ?? nowMs) - nowMs) : -1;
      assert.equal(left, leftMs, JSON.stringify([times, zone, new Date(nowMs)]));
    }
  }
});

test('a window has an end after now, and no time outside it is in it', () => {
  const time = fc
    .tuple(fc.nat(23), fc.nat(59), fc.nat(59))
    .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));
  const zone = fc.constantFrom('', 'UTC', 'Europe/Berlin', 'America/St_Johns', 'Pacific/Apia');
  fc.assert(
    fc.property(time, time, zone, fc.nat(4e12), (start, end, times_location, nowMs) => {
      const limits = { src: [], times: [{ start, end }], times_location };
      const { allowed, endsMs } = userMayConnectNow(limits, nowMs);
      assert.equal(allowed, endsMs !== undefined);
      if (endsMs === undefined) return;
      assert.ok(endsMs > nowMs && endsMs - nowMs < 26 * 3_600_000);
      // The end does not belong to the window.
      const after = userMayConnectNow(limits, endsMs);
      assert.ok(!after.allowed || after.endsMs !== endsMs);
    }),
  );
});

test('times of day and zones are read as Go reads them', () => {
  assert.equal(parseTimeOfDay('1:02:03'), 3_723_000);
  for (const wrong of ['', '1:2:3', '24:00:00', '10:60:00', '10:00', '10:00:00x', ' 10:00:00']) {
    assert.equal(parseTimeOfDay(wrong), undefined, wrong);
  }
  for (const zone of ['UTC', 'Local', 'Etc/GMT+5', 'EST5EDT']) assert.ok(isKnownZone(zone), zone);
  for (const zone of ['+01:00', '../UTC', '/etc', 'Nowhere', 'a b', '']) {
    assert.ok(!isKnownZone(zone), zone);
  }
});

test('source networks are those of nats-server', () => {
  for (const { src, host, allowed } of recorded.sources) {
    assert.equal(isFromSource(src ?? [], host), allowed, `${src} ${host}`);
  }
});

test('any text is a network or none', () => {
  const octets = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255));
  fc.assert(
    fc.property(octets, fc.nat(40), (bytes, bits) => {
      const network = parseNetwork(`${bytes.join('.')}/${bits}`);
      assert.equal(network !== undefined, bits <= 32);
      if (network !== undefined)
        assert.ok(isFromSource([`${bytes.join('.')}/${bits}`], bytes.join('.')));
    }),
  );
  fc.assert(fc.property(fc.string(), (text) => void isFromSource([text], text)));
});

test('revocations are those of nats-server', () => {
  for (const { revocations, key, issuedAt, revoked } of recorded.revocations) {
    const list = new Map(Object.entries(revocations));
    assert.equal(isRevoked(list, key, issuedAt), revoked, JSON.stringify([revocations, issuedAt]));
  }
});
