/** Our own version; `package.json` says the same (checked by version.test.ts). */
export const TNATSD_VERSION = '0.1.0';

/** The nats-server version whose protocols and behaviour we match; clients gate features on it. */
export const NATS_SERVER_VERSION = '2.15.2';
