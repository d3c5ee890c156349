import type { OptionRow, ValueShape } from './option-row.ts';
import { optionRows } from './table.ts';

/*
 * A JSON Schema (draft 2020-12) of the configuration, for editors: a configuration file may be
 * written as JSON. Keys are accepted in any case there, which a schema cannot say; every spelling
 * of the table is listed.
 */

type Schema = Record<string, unknown>;

const sizePattern =
  '^-?[0-9]+(k|kb|ki|kib|m|mb|mi|mib|g|gb|gi|gib|t|tb|ti|tib|p|pb|pi|pib|e|eb|ei|eib)?$';
const durationPattern = '^[-+]?(0|([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(ns|us|µs|ms|s|m|h)+.*)$';

const plain: Partial<Record<string, Schema>> = {
  string: { type: 'string' },
  boolean: { type: 'boolean' },
  integer: { type: 'integer' },
  number: { type: 'number' },
  size: { anyOf: [{ type: 'integer' }, { type: 'string', pattern: sizePattern }] },
  duration: { anyOf: [{ type: 'string', pattern: durationPattern }, { type: 'integer' }] },
  seconds: { anyOf: [{ type: 'number' }, { type: 'string', pattern: durationPattern }] },
  listen: { type: ['integer', 'string'] },
  strings: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
  'string array': { type: 'array', items: { type: 'string' } },
  'string map': { type: 'object', additionalProperties: { type: 'string' } },
  'boolean map': { type: 'object', additionalProperties: { type: 'boolean' } },
};

/** The schema of a configuration file. */
export function configJsonSchema(): Schema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Configuration of tnatsd',
    ...objectSchema(optionRows as unknown as readonly OptionRow<never>[]),
  };
}

function objectSchema(rows: readonly OptionRow<never>[]): Schema {
  const properties: Record<string, Schema> = {};
  for (const row of rows) {
    const [first, ...others] = row.keys;
    properties[first] = rowSchema(row);
    for (const key of others) {
      properties[key] = { ...rowSchema(row), description: `Other spelling of ${first}.` };
    }
  }
  return { type: 'object', properties, additionalProperties: false };
}

function rowSchema(row: OptionRow<never>): Schema {
  const byDefault = row.byDefault === '' ? '' : ` Default: ${row.byDefault}.`;
  return { description: row.doc + byDefault, ...shapeSchema(row.shape, row.children ?? []) };
}

function shapeSchema(shape: ValueShape, children: readonly OptionRow<never>[]): Schema {
  if (typeof shape === 'object') {
    if ('values' in shape) return { enum: shape.values };
    return { anyOf: shape.oneOf.map((one) => shapeSchema(one, children)) };
  }
  switch (shape) {
    case 'any':
      return {};
    case 'block':
      return objectSchema(children);
    case 'block array':
      return { type: 'array', items: objectSchema(children) };
    case 'named blocks':
      return { type: 'object', additionalProperties: objectSchema(children) };
    default:
      return plain[shape] ?? {};
  }
}
