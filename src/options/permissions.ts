import { goQuote } from '../base/go-quote.ts';
import { type ConfNode, type ConfValue, isConfArray, isConfMap } from '../conf/node.ts';
import { isValidSubject } from '../subject/validate.ts';
import { minute } from './duration.ts';
import { goTypeName, goValueText } from './go-values.ts';
import { type OptionRow, readEntries } from './option-row.ts';
import { ConfigError, type ParseContext } from './parse-context.ts';
import { asInt, readDurationText } from './readers.ts';
import { factsOf } from './row-makers.ts';
import type { Permissions, ResponsePermission, SubjectPermission } from './types.ts';

/*
 * Permissions in all their forms: `publish: "a"`, `publish: ["a", "b"]`, `publish: { allow, deny }`,
 * `allow_responses: true | { max, expires }`. Routes call publish `import` and subscribe `export`.
 * A subscribe entry may carry a queue: `"foo workers"`.
 */

const defaultResponse: ResponsePermission = { maxMsgs: 1, expiresNs: 2n * minute };

const responseRows: OptionRow<ResponsePermission>[] = [
  {
    keys: ['max', 'max_msgs', 'max_messages', 'max_responses'],
    shape: 'integer',
    ...factsOf({ doc: 'How many replies may be sent; negative is unlimited.', byDefault: '1' }),
    read: (_context, node, target) => {
      const max = asInt(node);
      if (max !== 0) target.maxMsgs = max;
    },
  },
  {
    keys: ['expires', 'expiration', 'ttl'],
    shape: 'duration',
    ...factsOf({ doc: 'How long replies may be sent; negative is unlimited.', byDefault: '2m' }),
    read: (_context, node, target) => {
      if (typeof node.value !== 'string') {
        throw new ConfigError(node, 'error parsing expires, not a duration string');
      }
      const ns = readDurationText(node, node.value, (why) => `error parsing expires: ${why}`);
      if (ns !== 0n) target.expiresNs = ns;
    },
  },
];

const subjectRows: OptionRow<SubjectPermission & { queues: boolean }>[] = [
  {
    keys: ['allow'],
    shape: 'strings',
    ...factsOf({ doc: 'Subjects that are allowed; everything else is denied.' }),
    read: (_context, node, target) => {
      target.allow = readSubjects(node.value, node, target.queues);
    },
  },
  {
    keys: ['deny'],
    shape: 'strings',
    ...factsOf({ doc: 'Subjects that are denied; wins over allow.' }),
    read: (_context, node, target) => {
      target.deny = readSubjects(node.value, node, target.queues);
    },
  },
];

const anySubjects = { oneOf: ['strings', 'block'] } as const;

export const permissionRows: OptionRow<Permissions>[] = [
  {
    keys: ['publish', 'pub', 'import'],
    shape: anySubjects,
    children: subjectRows as unknown as OptionRow<never>[],
    ...factsOf({ doc: 'Subjects to which one may publish.', byDefault: 'all' }),
    read: (context, node, target) => {
      target.publish = readVariable(context, node.value, false);
    },
  },
  {
    keys: ['subscribe', 'sub', 'export'],
    shape: anySubjects,
    children: subjectRows as unknown as OptionRow<never>[],
    ...factsOf({
      doc: 'Subjects to which one may subscribe, each with an optional queue: "foo.* workers".',
      byDefault: 'all',
    }),
    read: (context, node, target) => {
      target.subscribe = readVariable(context, node.value, true);
    },
  },
  {
    keys: ['allow_responses', 'publish_allow_responses'],
    shape: { oneOf: ['boolean', 'block'] },
    children: responseRows as unknown as OptionRow<never>[],
    ...factsOf({
      doc: 'Allows publishing to the reply subjects of received requests; denies all other publishing unless allowed.',
      byDefault: 'false',
    }),
    read: readAllowResponses,
  },
];

/** Reads a permissions block. `node` names the place of the errors that the block itself has. */
export function readPermissions(
  context: ParseContext,
  value: ConfValue,
  node: ConfNode | undefined,
): Permissions {
  if (!isConfMap(value)) {
    const shown = goValueText(value);
    throw new ConfigError(node, `Expected permissions to be a map/struct, got ${shown}`);
  }
  const permissions: Permissions = {
    publish: undefined,
    subscribe: undefined,
    response: undefined,
  };
  readEntries(context, value, permissionRows, permissions, {
    unknown: (key) => `Unknown field ${goQuote(key)} parsing permissions`,
  });
  if (permissions.response !== undefined) denyOtherPublishing(permissions);
  return permissions;
}

/** `allow_responses` alone means that nothing but replies may be published. */
function denyOtherPublishing(permissions: Permissions): void {
  permissions.publish ??= { allow: undefined, deny: undefined };
  permissions.publish.allow ??= [];
}

function readAllowResponses(context: ParseContext, node: ConfNode, target: Permissions): void {
  if (typeof node.value === 'boolean') {
    if (node.value) target.response = { ...defaultResponse };
    return;
  }
  if (!isConfMap(node.value)) {
    throw new ConfigError(node, 'error parsing response permissions, expected a boolean or a map');
  }
  const response = { ...defaultResponse };
  readEntries(context, node.value, responseRows, response, {
    unknown: (key) => `Unknown field ${goQuote(key)} parsing permissions`,
  });
  target.response = response;
}

function readVariable(
  context: ParseContext,
  value: ConfValue,
  queues: boolean,
): SubjectPermission | undefined {
  // nats-server has lost the place of the value here: errors of the short form name none.
  if (!isConfMap(value)) return { allow: readSubjects(value, undefined, queues), deny: undefined };
  if (value.entries.size === 0) return undefined;
  const permission = { allow: undefined, deny: undefined, queues };
  readEntries(context, value, subjectRows, permission, {
    unknown: (key) =>
      `Unknown field name ${goQuote(key)} parsing subject permissions, only 'allow' or 'deny' are permitted`,
  });
  return { allow: permission.allow, deny: permission.deny };
}

/** A subject or an array of them; `queues` allows "subject queue". */
export function readSubjects(
  value: ConfValue,
  node: ConfNode | undefined,
  queues: boolean,
): string[] {
  const subjects: string[] = [];
  if (typeof value === 'string') subjects.push(value);
  else if (isConfArray(value)) {
    for (const item of value.items) {
      if (typeof item.value !== 'string') {
        throw new ConfigError(item, 'Subject in permissions array cannot be cast to string');
      }
      subjects.push(item.value);
    }
  } else {
    throw new ConfigError(
      node,
      `Expected subject permissions to be a subject, or array of subjects, got ${goTypeName(value)}`,
    );
  }
  const problem = permissionSubjectsProblem(subjects, queues);
  if (problem !== undefined) throw new ConfigError(node, problem);
  return subjects;
}

/** What is wrong with the subjects of a permission, as nats-server words it; undefined when nothing is. */
export function permissionSubjectsProblem(
  subjects: readonly string[] | undefined,
  queues: boolean,
): string | undefined {
  for (const subject of subjects ?? []) {
    if (isValidSubject(subject)) continue;
    const [first = '', queue = '', ...more] = subject.split(/\s+/).filter((word) => word !== '');
    if (!queues || queue === '' || more.length > 0) {
      return `subject ${goQuote(subject)} is not a valid subject`;
    }
    if (!isValidSubject(first)) return `subject ${goQuote(first)} is not a valid subject`;
    if (!isValidSubject(queue)) return `queue ${goQuote(queue)} is not a valid queue`;
  }
  return undefined;
}
