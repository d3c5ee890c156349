import { goQuote } from '../base/go-quote.ts';
import { type ConfNode, isConfArray, isConfMap } from '../conf/node.ts';
import type { Random } from '../platform/clock.ts';
import { SubjectMappings } from '../subject/mapping.ts';
import { isValidSubject } from '../subject/validate.ts';
import { goValueText } from './go-values.ts';
import { type OptionRow, readEntries } from './option-row.ts';
import { ConfigError, type ParseContext, TypeMismatch } from './parse-context.ts';
import { asMap, parseGoInt } from './readers.ts';
import { factsOf, stringRow } from './row-makers.ts';
import type { MappingDestination, SubjectMappingOptions } from './types.ts';

/*
 * `mappings { "source": "dest" | { destination, weight, cluster } | [ … ] }` of the global account
 * or of another one. Each mapping is built once here, so that what is wrong with it has a place.
 */

interface Destination extends MappingDestination {
  weighed: boolean;
}

export const destinationRows: OptionRow<Destination>[] = [
  stringRow(['destination', 'dest'], { doc: 'Subject, with placeholders.' }, (target, value) => {
    target.subject = value;
  }),
  {
    keys: ['weight'],
    shape: { oneOf: ['integer', 'string'] },
    ...factsOf({ doc: 'Share of the messages in percent: 60 or "60%".' }),
    read: (_context, node, target) => {
      target.weight = readWeight(node);
      target.weighed = true;
    },
  },
  stringRow(
    ['cluster'],
    { doc: 'Cluster in which it applies.', byDefault: 'all' },
    (target, value) => {
      target.cluster = value;
    },
  ),
];

function readWeight(node: ConfNode): number {
  const value = node.value;
  if (typeof value !== 'bigint' && typeof value !== 'string') {
    throw new ConfigError(node, `Unknown entry type for weight of ${goValueText(value)}\n`);
  }
  const text = typeof value === 'string' ? value.replace(/%$/, '') : String(value);
  const weight = parseGoInt(text);
  if (weight === undefined) {
    throw new ConfigError(node, `Invalid weight ${goQuote(text)} for mapping destination`);
  }
  if (weight > 100 || weight < 0) {
    throw new ConfigError(node, `Invalid weight ${weight} for mapping destination`);
  }
  return weight;
}

function readDestination(context: ParseContext, node: ConfNode): MappingDestination {
  if (!isConfMap(node.value)) {
    throw new ConfigError(node, 'Expected an entry for the mapping destination');
  }
  const destination = { subject: '', weight: 0, cluster: '', weighed: false };
  try {
    readEntries(context, node.value, destinationRows, destination, {
      strict: true,
      noVariables: true,
      unknown: (key) => `Unknown field ${goQuote(key)} for mapping destination`,
    });
  } catch (error) {
    // A wrong type is named at the destination, not at its key.
    throw error instanceof TypeMismatch ? error.at(node) : error;
  }
  const { weighed, ...rest } = destination;
  if (!weighed) {
    const shown = goQuote(rest.subject);
    throw new ConfigError(node, `Missing weight for mapping destination ${shown}`);
  }
  return rest;
}

/** Nothing is drawn while a configuration is judged. */
const noRandom: Random = {
  below: () => 0,
  bytes: (count) => Buffer.alloc(count),
};

/** Reads the mappings of an account; what is wrong with one is noted at its place. */
export function readMappings(context: ParseContext, node: ConfNode): SubjectMappingOptions[] {
  const map = asMap(node);
  const checked = new SubjectMappings(noRandom);
  const mappings: SubjectMappingOptions[] = [];
  for (const [source, entry] of map.entries) {
    context.guard(() => {
      if (!isValidSubject(source)) {
        throw new ConfigError(node, `Subject ${goQuote(source)} is not a valid subject`);
      }
      const destinations = readDestinations(context, entry);
      checkMapping(checked, source, destinations, entry);
      mappings.push({ source, destinations });
    });
  }
  return mappings;
}

function readDestinations(context: ParseContext, entry: ConfNode): MappingDestination[] {
  if (typeof entry.value === 'string') {
    return [{ subject: entry.value, weight: 100, cluster: '' }];
  }
  if (!isConfArray(entry.value)) return [readDestination(context, entry)];
  const destinations: MappingDestination[] = [];
  for (const item of entry.value.items) {
    try {
      destinations.push(readDestination(context, item));
    } catch (error) {
      // A wrong type ends the mapping; after another fault the other destinations are read, too.
      if (error instanceof TypeMismatch) throw error;
      context.note(error);
    }
  }
  return destinations;
}

function checkMapping(
  mappings: SubjectMappings,
  source: string,
  destinations: MappingDestination[],
  entry: ConfNode,
): void {
  try {
    mappings.add(source, destinations);
  } catch (error) {
    const to = typeof entry.value === 'string' ? ` to ${goQuote(entry.value)}` : '';
    const reason = (error as Error).message;
    throw new ConfigError(entry, `Error adding mapping for ${goQuote(source)}${to} : ${reason}`);
  }
}
