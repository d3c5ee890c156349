import { clusterRows } from './cluster-block.ts';
import { gatewayRows } from './gateway-block.ts';
import { jetstreamRows, readJetStream, readStoreDir } from './jetstream-block.ts';
import { leafNodeRows } from './leafnode-block.ts';
import { mqttRows } from './mqtt-block.ts';
import { asChildren, type OptionRow, readBlock } from './option-row.ts';
import { factsOf } from './row-makers.ts';
import type { Options } from './types.ts';
import { websocketRows } from './websocket-block.ts';

/** Other servers and other protocols: each key is a block with a file of its own. */
export const topologyRows: OptionRow<Options>[] = [
  {
    keys: ['cluster'],
    shape: 'block',
    children: asChildren(clusterRows),
    ...factsOf({
      doc: 'Routes to the other servers of a cluster.',
      byDefault: 'off',
      reload: 'partly',
      flags: ['cluster', 'cluster_listen', 'cluster_name', 'routes', 'cluster_advertise'],
      fields: ['cluster', 'routes'],
      shownBy: 'inactive',
    }),
    read: (context, node, options) =>
      readBlock(context, node, clusterRows, options, 'Expected map to define cluster, got '),
  },
  {
    keys: ['gateway'],
    shape: 'block',
    children: asChildren(gatewayRows),
    ...factsOf({
      doc: 'Connections to other clusters.',
      byDefault: 'off',
      reload: 'partly',
      fields: ['gateway'],
      shownBy: 'inactive',
    }),
    read: (context, node, { gateway }) =>
      readBlock(context, node, gatewayRows, gateway, 'Expected gateway to be a map, got '),
  },
  {
    keys: ['leafnodes', 'leaf'],
    shape: 'block',
    children: asChildren(leafNodeRows),
    ...factsOf({
      doc: 'Leaf nodes: servers that connect here, and those this one connects to.',
      byDefault: 'off',
      reload: 'partly',
      fields: ['leafNode'],
      shownBy: 'inactive',
    }),
    read: (context, node, options) =>
      readBlock(context, node, leafNodeRows, options, 'Expected map to define a leafnode, got '),
  },
  {
    keys: ['websocket', 'ws'],
    shape: 'block',
    children: asChildren(websocketRows),
    ...factsOf({
      doc: 'Clients over WebSocket.',
      byDefault: 'off',
      reload: 'partly',
      fields: ['websocket'],
      shownBy: 'test/options/websocket.test.ts: websocket: a listener of its own',
    }),
    read: (context, node, { websocket }) =>
      readBlock(context, node, websocketRows, websocket, 'Expected websocket to be a map, got '),
  },
  {
    keys: ['mqtt'],
    shape: 'block',
    children: asChildren(mqttRows),
    ...factsOf({
      doc: 'Clients that speak MQTT 3.1.1.',
      byDefault: 'off',
      reload: 'partly',
      fields: ['mqtt'],
      shownBy: 'inactive',
    }),
    read: (context, node, { mqtt }) =>
      readBlock(context, node, mqttRows, mqtt, 'Expected mqtt to be a map, got '),
  },
];

/** Streams and their storage. */
export const jetstreamTopRows: OptionRow<Options>[] = [
  {
    keys: ['jetstream'],
    shape: { oneOf: ['boolean', 'string', 'block'] },
    children: asChildren(jetstreamRows),
    ...factsOf({
      doc: 'Streams, consumers and what is built on them.',
      byDefault: 'off',
      reload: 'partly',
      flags: ['jetstream', 'js', 'store_dir', 'sd'],
      fields: ['jetstream', 'storeDir'],
      shownBy: 'inactive',
    }),
    read: readJetStream,
  },
  {
    keys: ['store_dir', 'storedir'],
    shape: 'string',
    ...factsOf({
      doc: 'Folder of the JetStream store; the same as jetstream { store_dir }.',
      reload: 'refused',
      flags: ['store_dir', 'sd'],
      fields: ['storeDir'],
      shownBy: 'inactive',
    }),
    read: readStoreDir,
  },
];
