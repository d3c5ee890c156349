/**
 * The options of requests, as JSON: keys, types and the names of the structs that error texts carry
 * are those of nats-server. Every request may also say which servers should answer.
 */
import type { GoField, GoKind, GoStruct } from '../base/go-json-decode.ts';

const filterFields = fieldsOf('EventFilterOptions', {
  server_name: 'string',
  cluster: 'string',
  host: 'string',
  exact_match: 'bool',
  tags: '[]string',
  domain: 'string',
});

function fieldsOf(within: string, kinds: Record<string, GoKind>): GoField[] {
  return Object.entries(kinds).map(([key, kind]) => ({ key, kind, within }));
}

/** `name` as in `Connz`: the struct is ConnzEventOptions, with ConnzOptions inside. */
function eventOptions(name: string, kinds: Record<string, GoKind>, within = `${name}Options`) {
  const own = fieldsOf(within, kinds);
  return { name: `${name}EventOptions`, fields: [...own, ...filterFields] } satisfies GoStruct;
}

const connz = eventOptions('Connz', {
  sort: 'string',
  auth: 'bool',
  subscriptions: 'bool',
  subscriptions_detail: 'bool',
  offset: 'int',
  limit: 'int',
  cid: 'uint64',
  mqtt_client: 'string',
  state: 'int',
  user: 'string',
  acc: 'string',
  filter_subject: 'string',
});

const connzTypes: Record<string, string> = { sort: 'server.SortOpt', state: 'server.ConnState' };
const profilezTypes: Record<string, string> = { duration: 'time.Duration' };

function withTypes(struct: GoStruct, types: Record<string, string>): GoStruct {
  const fields = struct.fields.map((field) => {
    const type = types[field.key];
    return type === undefined ? field : { ...field, type };
  });
  return { ...struct, fields };
}

export const requestStructs = {
  STATSZ: eventOptions('Statsz', {}),
  VARZ: eventOptions('Varz', {}),
  SUBSZ: eventOptions('Subsz', {
    offset: 'int',
    limit: 'int',
    subscriptions: 'bool',
    account: 'string',
    test: 'string',
  }),
  CONNZ: withTypes(connz, connzTypes),
  ROUTEZ: eventOptions('Routez', { subscriptions: 'bool', subscriptions_detail: 'bool' }),
  GATEWAYZ: eventOptions('Gatewayz', {
    name: 'string',
    accounts: 'bool',
    account_name: 'string',
    subscriptions: 'bool',
    subscriptions_detail: 'bool',
  }),
  LEAFZ: eventOptions('Leafz', { subscriptions: 'bool', account: 'string' }),
  ACCOUNTZ: eventOptions('Accountz', { account: 'string' }),
  ACCSTATZ: eventOptions('AccountStatz', { accounts: '[]string', include_unused: 'bool' }),
  ACCOUNTINFO: eventOptions('AccInfo', {}),
  JSZ: eventOptions(
    'Jsz',
    {
      account: 'string',
      accounts: 'bool',
      streams: 'bool',
      consumer: 'bool',
      direct_consumer: 'bool',
      config: 'bool',
      leader_only: 'bool',
      offset: 'int',
      limit: 'int',
      raft: 'bool',
      stream_leader_only: 'bool',
    },
    'JSzOptions',
  ),
  HEALTHZ: eventOptions('Healthz', {
    'js-enabled': 'bool',
    'js-enabled-only': 'bool',
    'js-server-only': 'bool',
    'js-meta-only': 'bool',
    account: 'string',
    stream: 'string',
    consumer: 'string',
    details: 'bool',
  }),
  PROFILEZ: withTypes(
    eventOptions('Profilez', { name: 'string', debug: 'int', duration: 'int' }),
    profilezTypes,
  ),
  EXPVARZ: eventOptions('Expvarz', {}),
  IPQUEUESZ: eventOptions('Ipqueuesz', { all: 'bool', filter: 'string' }),
  RAFTZ: eventOptions('Raftz', { account: 'string', group: 'string' }),
} as const satisfies Record<string, GoStruct>;

const plainFilter = filterFields.map(({ key, kind }) => ({ key, kind }));

/** Of a command: only the filter, not embedded in anything. */
export const commandStruct: GoStruct = { name: 'EventFilterOptions', fields: plainFilter };

export const kickStruct: GoStruct = {
  name: 'KickClientReq',
  fields: [{ key: 'cid', kind: 'uint64' }],
};

export const lameDuckStruct: GoStruct = {
  name: 'LDMClientReq',
  fields: [{ key: 'cid', kind: 'uint64' }],
};

export const connectionsStruct: GoStruct = {
  name: 'accNumConnsReq',
  fields: [{ key: 'acc', kind: 'string' }],
};

export const countStruct: GoStruct = {
  name: 'accNumSubsReq',
  fields: [
    { key: 'acc', kind: 'string' },
    { key: 'subject', kind: 'string' },
    { key: 'queue', kind: 'string', type: '[]uint8' },
  ],
};
