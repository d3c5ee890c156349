/** Configurations where permissions meet queues, imports and answers. */
const one = (permissions: string) =>
  `authorization { users: [ {user: u, password: p, permissions: ${permissions}}, {user: admin, password: p} ] }`;
const queueDenies =
  '{subscribe: {allow: ["s.> q.*", "s.> w", "*.no", "*.*", "> w", ">"], deny: ["s.no q.*", "s.secret", "plain w"]}}';

export const authorizationConfigs: Record<string, string> = {
  queueDenies: one(queueDenies),
  plainDenies: one('{subscribe: {deny: ["s.no", "s.secret", "s.*.b"]}}'),
  queueAllows: one('{subscribe: {allow: ["s.* q.*", "plain q.>", "*.secret *"], deny: "s.no *"}}'),
  importDenies: `accounts {
    A { users: [ {user: exporter, password: p} ], exports: [ {stream: "s.>"}, {stream: "plain"} ] }
    B {
      users: [ {user: u, password: p, permissions: ${queueDenies}} ]
      imports: [ {stream: {account: A, subject: "s.>"}}, {stream: {account: A, subject: "plain"}} ]
    }
  }`,
  replies: one(
    '{publish: {deny: ["_INBOX.>", "no.>"]}, subscribe: ["svc", "svc g", "back"], allow_responses: {max: 2, expires: "1s"}}',
  ),
};
