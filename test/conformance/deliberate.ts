/**
 * Sessions in which tnatsd differs from nats-server on purpose, with what it does instead; the reasons are
 * rows of DIFFERENCES.md. They are replayed too, and must differ.
 */
const forged = 'drops the header in every spelling, folded lines too';
const oldUsers = 'forgets the old users and closes their connections';

export const deliberate: Record<string, string> = {
  'forged request info: in lower case': forged,
  'forged request info: in upper case': forged,
  'forged request info: blank before the colon': forged,
  'forged request info: twice, in two cases': forged,
  'forged request info: twice, the other first': forged,
  'forged request info: folded': forged,
  'after a reload: one user instead of several': oldUsers,
  'after a reload: a token instead of users': oldUsers,
  'service: the reply is another service': 'passes the reply on to the service of that subject',
  'trace: to the subject of a response': 'a refused destination costs no permission to respond',
  'after a reload: allow_responses stays': 'a reload that changes nothing changes no permission',
  'after a reload: mappings': 'drops mappings that are no longer in the file',
};
