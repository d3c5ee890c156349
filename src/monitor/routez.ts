/** /routez: the routes of the cluster. This server makes none yet; its permissions are shown. */

import { omitEmpty } from '../base/omit-empty.ts';
import type { SubjectPermission } from '../options/types.ts';
import type { MonitorContext } from './context.ts';
import { timeText } from './time-text.ts';

export interface PermissionDocument {
  allow: string[] | undefined;
  deny: string[] | undefined;
}

export interface Routez {
  server_id: string;
  server_name: string;
  now: string;
  import: PermissionDocument | undefined;
  export: PermissionDocument | undefined;
  num_routes: number;
  routes: never[];
}

export function buildRoutez(context: MonitorContext): Routez {
  const { server_id, server_name } = context.info();
  const permissions = context.options.cluster.permissions;
  return {
    server_id,
    server_name,
    now: timeText(context.clock.nowMs()),
    import: permissionDocument(permissions?.import),
    export: permissionDocument(permissions?.export),
    num_routes: 0,
    routes: [],
  };
}

function permissionDocument(rule: SubjectPermission | undefined): PermissionDocument | undefined {
  if (rule === undefined) return undefined;
  return { allow: omitEmpty(rule.allow), deny: omitEmpty(rule.deny) };
}
