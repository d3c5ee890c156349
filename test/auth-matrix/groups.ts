import { calloutGroup } from './callout-group.ts';
import type { Group } from './matrix.ts';
import { operatorGroup } from './operator-group.ts';
import * as singles from './single-groups.ts';
import * as users from './user-groups.ts';

/** The whole matrix. What only lasts for a while is made at this moment. */
export async function matrixGroups(): Promise<Group[]> {
  return [
    users.open(),
    users.users(),
    users.usersInAccounts(),
    users.defaultPermissions(),
    users.defaultPermissionsOfAccount(),
    singles.noAuthUser(),
    singles.websocketNoAuthUser(),
    singles.single(),
    singles.tokens(),
    singles.websocketToken(),
    singles.certificates(),
    singles.verified(),
    await operatorGroup(),
    calloutGroup(),
  ];
}
