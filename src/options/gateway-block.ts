import { type ConfNode, isConfArray } from '../conf/node.ts';
import { authorizationRows } from './authorization-block.ts';
import { readClusterName, readPeerAuthorization } from './cluster-block.ts';
import { goTypeName, goValueText } from './go-values.ts';
import { advertiseRow, listenRows, readBlockArray, retryRows, writeRows } from './listen-rows.ts';
import { asChildren, type OptionRow } from './option-row.ts';
import { ConfigError, type ParseContext } from './parse-context.ts';
import { asString, readUrl, readUrls } from './readers.ts';
import { boolRow, factsOf, stringRow } from './row-makers.ts';
import { readTls, tlsRow } from './tls-block.ts';
import type { GatewayOptions, RemoteGatewayOptions } from './types.ts';

/** TLS between gateways is always verified in both directions. */
function gatewayTls<Target extends { tls: GatewayOptions['tls'] }>(): OptionRow<Target> {
  return {
    ...tlsRow<Target>(false, () => undefined),
    read: (context, node, target) => {
      target.tls = { ...readTls(context, node, false), verify: true };
    },
  };
}

const remoteGatewayRows: OptionRow<RemoteGatewayOptions>[] = [
  stringRow(['name'], { doc: 'Name of the remote cluster.' }, (target, value) => {
    target.name = value;
  }),
  gatewayTls(),
  {
    keys: ['url'],
    shape: 'string',
    ...factsOf({ doc: 'URL of a server of the remote cluster.' }),
    read: (_context, node, target) => {
      target.urls.push(readUrl(node, asString(node), 'gateway'));
    },
  },
  {
    keys: ['urls'],
    shape: 'string array',
    ...factsOf({ doc: 'URLs of servers of the remote cluster.' }),
    read: (context, node, target) => {
      target.urls = readUrls(context, node, 'gateway') ?? target.urls;
    },
  },
];

function readGateways(context: ParseContext, node: ConfNode): RemoteGatewayOptions[] {
  if (!isConfArray(node.value)) {
    const type = goTypeName(node.value);
    // nats-server has lost the place here.
    throw new ConfigError(undefined, `Expected gateways field to be an array, got ${type}`);
  }
  return readBlockArray(context, node.value.items, {
    rows: remoteGatewayRows,
    create: () => ({ name: '', tls: undefined, urls: [] }),
    notMap: (item) => `Expected gateway entry to be a map/struct, got ${goValueText(item.value)}`,
  });
}

const itself = (gateway: GatewayOptions): GatewayOptions => gateway;

/** The `gateway {}` block. */
export const gatewayRows: OptionRow<GatewayOptions>[] = [
  {
    keys: ['name'],
    shape: 'string',
    ...factsOf({ doc: 'Name of this cluster among the gateways.' }),
    read: (_context, node, gateway) => {
      gateway.name = readClusterName(node, 'gateway');
    },
  },
  ...listenRows(itself),
  {
    keys: ['authorization'],
    shape: 'block',
    children: asChildren(authorizationRows),
    ...factsOf({ doc: 'User and password that gateways must present.' }),
    read: (context, node, gateway) => {
      const read = readPeerAuthorization(context, node, 'Gateway');
      if (read === undefined) return;
      gateway.username = read.user;
      gateway.password = read.password;
      gateway.authTimeoutSeconds = read.timeoutSeconds;
    },
  },
  gatewayTls(),
  advertiseRow(['advertise'], itself),
  ...retryRows(itself),
  {
    keys: ['gateways'],
    shape: 'block array',
    children: asChildren(remoteGatewayRows),
    ...factsOf({ doc: 'The remote clusters.' }),
    read: (context, node, gateway) => {
      gateway.gateways = readGateways(context, node);
    },
  },
  boolRow(
    ['reject_unknown', 'reject_unknown_cluster'],
    { doc: 'Refuse gateways of clusters that are not listed.', byDefault: 'false' },
    (gateway, value) => {
      gateway.rejectUnknown = value;
    },
  ),
  ...writeRows(itself),
];
