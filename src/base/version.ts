/** The nats-server version whose protocols and behaviour we match; clients gate features on it. */
export const natsVersion = '2.15.2';

/** Our own version; `package.json` says the same (a test compares them). */
export const tnatsdVersion = '0.2.0';

/** Client protocol level and JetStream API level of that version. */
export const natsProtocol = 1;
export const apiLevel = 5;
