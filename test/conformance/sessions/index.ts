import type { Session } from '../session.ts';
import { accounts } from './accounts.ts';
import { auths } from './auth.ts';
import { authentication } from './authentication.ts';
import { authorization } from './authorization.ts';
import { connects } from './connect.ts';
import { controlLines } from './control-lines.ts';
import { environment } from './environment.ts';
import { limits } from './limits.ts';
import { messages } from './messages.ts';
import { permissions } from './permissions.ts';
import { reloads } from './reloads.ts';
import { subjects } from './subjects.ts';
import { traces } from './traces.ts';

/** Every session, by the file that its recording goes to. */
export const groups: Record<string, Session[]> = {
  'control-lines': controlLines,
  connect: connects,
  messages,
  subjects,
  limits,
  auth: auths,
  permissions,
  environment,
  accounts,
  traces,
  authentication,
  reloads,
  authorization,
};
