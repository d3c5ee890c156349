/**
 * Subject mappings of an account: before a publish is routed, its subject may be replaced by one of
 * several weighted destinations. Weights that do not reach 100 leave the rest to the source subject
 * itself, unless the source is listed: then the rest is dropped, which is how loss is simulated.
 * Destinations may be bound to a cluster; a server in a cluster with a list of its own uses only that.
 *
 * Rules and texts of nats-server's account mappings (accounts.go of 2.15.2). The first mapping that
 * matches, in the order added, wins; adding a source again replaces it in place.
 */
import type { Random } from '../platform/clock.ts';
import { isSubsetMatchTokens } from './match.ts';
import { hasWildcard, splitTokens } from './tokens.ts';
import {
  identityDestination,
  SubjectTransform,
  TransformError,
  validateMapping,
} from './transform.ts';
import { isValidSubject } from './validate.ts';

/** `weight` is a whole percentage, `cluster` empty for every cluster. */
export interface MappingDestination {
  readonly subject: string;
  readonly weight: number;
  readonly cluster: string;
}

interface Share {
  /** Undefined for an empty destination, which drops. */
  readonly transform: SubjectTransform | undefined;
  /** The draw, 0 to 99, must be below. */
  readonly below: number;
}

interface Mapping {
  readonly source: string;
  readonly tokens: readonly string[];
  readonly literal: boolean;
  readonly everywhere: readonly Share[];
  readonly byCluster: ReadonlyMap<string, readonly Share[]>;
}

/** Throws TransformError or Error with nats-server's text. */
function checkDestinations(source: string, dests: readonly MappingDestination[], random: Random) {
  const seen = new Set<string>();
  const totals = new Map<string, number>();
  for (const { subject, weight, cluster } of dests) {
    if (seen.has(subject)) throw new Error(`duplicate entry for ${JSON.stringify(subject)}`);
    seen.add(subject);
    if (weight > 100) throw new Error('individual weights need to be <= 100');
    const total = (totals.get(cluster) ?? 0) + weight;
    totals.set(cluster, total);
    if (total > 100) throw new Error('total weight needs to be <= 100');
    validateMapping(source, subject, random);
  }
  return seen;
}

/** Adds what is missing to 100 and turns weights into upper ends of the draw. */
function shareOut(
  source: string,
  dests: readonly MappingDestination[],
  fill: boolean,
  random: Random,
): Share[] {
  const total = dests.reduce((sum, dest) => sum + dest.weight, 0);
  const list = dests.map(({ subject, weight }) => ({ subject, weight }));
  if (total !== 100 && fill) {
    list.push({ subject: identityDestination(source), weight: 100 - total });
  }
  list.sort((a, b) => a.weight - b.weight);
  let below = 0;
  return list.map(({ subject, weight }) => {
    below += weight;
    return { transform: SubjectTransform.create(source, subject, { random }), below };
  });
}

function buildMapping(
  source: string,
  dests: readonly MappingDestination[],
  random: Random,
): Mapping {
  if (!isValidSubject(source)) throw new TransformError('badSubject');
  const seen = checkDestinations(source, dests, random);
  const clusters = new Set(dests.map((dest) => dest.cluster));
  clusters.delete('');
  const shares = (cluster: string) => {
    const own = dests.filter((dest) => dest.cluster === cluster);
    return shareOut(source, own, !seen.has(source), random);
  };
  return {
    source,
    tokens: splitTokens(source),
    literal: !hasWildcard(source),
    everywhere: shares(''),
    byCluster: new Map([...clusters].map((cluster) => [cluster, shares(cluster)])),
  };
}

const noTokens: readonly string[] = [];

export class SubjectMappings {
  private readonly mappings: Mapping[] = [];
  private readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  /** Publishing consults `match` only while there is something in here. */
  get size(): number {
    return this.mappings.length;
  }

  /** Source subjects in the order in which they are tried. */
  sources(): string[] {
    return this.mappings.map((mapping) => mapping.source);
  }

  /** Adds or replaces the mapping of a source; throws an error with nats-server's text. */
  add(source: string, destinations: readonly MappingDestination[]): void {
    const mapping = buildMapping(source, destinations, this.random);
    const at = this.mappings.findIndex((other) => other.source === source);
    if (at >= 0) this.mappings[at] = mapping;
    else this.mappings.push(mapping);
  }

  /** The last mapping takes the place of the removed one. */
  remove(source: string): boolean {
    const at = this.mappings.findIndex((mapping) => mapping.source === source);
    if (at < 0) return false;
    const last = this.mappings.pop() as Mapping;
    if (at < this.mappings.length) this.mappings[at] = last;
    return true;
  }

  /** Is there a mapping for this subject at all? */
  has(subject: string): boolean {
    const tokens = splitTokens(subject);
    return this.mappings.some((mapping) => isSubsetMatchTokens(tokens, mapping.tokens));
  }

  /**
   * The subject to route a message published to `subject` by: the same one when nothing maps it,
   * undefined when this message is to be dropped. `cluster` is this server's cluster name.
   */
  match(subject: string, cluster = ''): string | undefined {
    let tokens = noTokens;
    for (const mapping of this.mappings) {
      // nats-server splits the subject only when a comparison needs it; `{{partition(n)}}` of a
      // literal mapping that comes first therefore hashes nothing. Kept, results are persisted.
      if (mapping.literal && mapping.source === subject) {
        return this.draw(mapping, cluster, tokens);
      }
      if (tokens === noTokens) tokens = splitTokens(subject);
      if (isSubsetMatchTokens(tokens, mapping.tokens)) return this.draw(mapping, cluster, tokens);
    }
    return subject;
  }

  private draw(mapping: Mapping, cluster: string, tokens: readonly string[]): string | undefined {
    const shares = mapping.byCluster.get(cluster) ?? mapping.everywhere;
    const first = shares[0];
    const certain = shares.length === 1 && first?.below === 100;
    const drawn = certain ? 0 : this.random.below(100);
    const share = shares.find(({ below }) => drawn < below);
    return share?.transform?.transformTokens(tokens);
  }
}
