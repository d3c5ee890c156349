/** The Prometheus text format, version 0.0.4. */
export type MetricType = 'gauge' | 'counter';
export type Labels = readonly (readonly [name: string, value: string])[];

/** Gathers samples by metric, in order of first sight, and prints them. */
export class MetricsText {
  private readonly families = new Map<string, { head: string; samples: string[] }>();

  add(name: string, type: MetricType, help: string, value: number | bigint, labels: Labels): void {
    let family = this.families.get(name);
    if (family === undefined) {
      family = {
        head: `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`,
        samples: [],
      };
      this.families.set(name, family);
    }
    const pairs = labels.map(([label, text]) => `${label}="${escapeLabel(text)}"`);
    family.samples.push(`${name}{${pairs.join(',')}} ${numberText(value)}\n`);
  }

  toString(): string {
    let text = '';
    for (const { head, samples } of this.families.values()) text += head + samples.join('');
    return text;
  }
}

function numberText(value: number | bigint): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return String(value);
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}
