/** The words of the matrix: groups of cells that share a server, each a method, a credential, a client kind and a permission case. */
import type { Target, TargetConfig } from '../conformance/target.ts';
import type { PermissionCase } from './permission-cases.ts';

export type ClientKind = 'tcp' | 'tls' | 'websocket';
export const clientKinds: ClientKind[] = ['tcp', 'tls', 'websocket'];

/** What a client shows to be let in. */
export interface Credential {
  /** Fields of CONNECT; the nonce is that of its INFO. */
  connect?: (nonce: string) => object;
  /** A certificate of test/fixtures/tls. */
  certificate?: string;
  /** Of the request for a WebSocket. */
  cookie?: string;
}

/** One row of the matrix: a cell per client kind. */
export interface Row {
  method: string;
  /** `good`, or what is special about the credential. */
  credential: string;
  shows: Credential;
  permissionCase: PermissionCase;
  kinds?: ClientKind[];
}

/** Rows that share a configuration, so a server. */
export interface Group {
  name: string;
  config: TargetConfig;
  peer: Credential;
  peerKind?: ClientKind;
  /** In the account that is imported from, where there is one. */
  exporter?: Credential;
  /** The WebSocket port speaks TLS. */
  secureWebsocket?: true;
  /** What has to run beside the server, such as an authorization service; gives its end. */
  assist?: (target: Target) => Promise<() => Promise<void>>;
  rows: Row[];
}

export interface Cell extends Row {
  id: string;
  kind: ClientKind;
}

export function cellsOf(group: Group): Cell[] {
  return group.rows.flatMap((row) =>
    (row.kinds ?? clientKinds).map((kind) => ({
      ...row,
      kind,
      id: [row.method, row.credential, kind, row.permissionCase.name].join(', '),
    })),
  );
}
