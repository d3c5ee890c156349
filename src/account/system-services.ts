/** What every account may ask of the server without configuring it: services of the system account. */
import type { ResponseType } from './imports.ts';

export const systemExports: readonly { subject: string; responseType: ResponseType }[] = [
  { subject: '$SYS.REQ.ACCOUNT.*.CONNZ', responseType: 'stream' },
  { subject: '$SYS.REQ.ACCOUNT.*.STATZ', responseType: 'stream' },
  { subject: '$SYS.DEBUG.SUBSCRIBERS', responseType: 'singleton' },
  { subject: '$SYS.REQ.USER.*.INFO', responseType: 'singleton' },
];

interface SystemImport {
  readonly from: string;
  /** The subject in the system account for a request from the account of that name. */
  readonly to: (account: string) => string;
  /** The service learns in detail who asks. */
  readonly share: boolean;
  /** The system account imports it from itself too. */
  readonly alsoSystem: boolean;
}

const about = (endpoint: string) => (account: string) => `$SYS.REQ.ACCOUNT.${account}.${endpoint}`;
const plain = { share: false, alsoSystem: false };

export const systemImports: readonly SystemImport[] = [
  { from: '$SYS.REQ.ACCOUNT.PING.CONNZ', to: about('CONNZ'), ...plain },
  { from: '$SYS.REQ.SERVER.PING.CONNZ', to: about('CONNZ'), ...plain },
  { from: '$SYS.REQ.ACCOUNT.PING.STATZ', to: about('STATZ'), ...plain },
  {
    from: '$SYS.REQ.USER.INFO',
    to: (account) => `$SYS.REQ.USER.${account}.INFO`,
    share: true,
    alsoSystem: true,
  },
];
