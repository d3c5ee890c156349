import { flagGroups } from './flags.ts';
import type { OptionRow, ReloadRule, ValueShape } from './option-row.ts';
import { optionGroups } from './table.ts';

/** docs/OPTIONS.md as Markdown: every key of the configuration and every flag, from the tables. */
export function optionsMarkdown(): string {
  const parts = [
    '# Options',
    '',
    'Made from the table of options by `node scripts/docs-options.mjs`; do not edit.',
    'Keys are read in any case. Durations are texts such as `"30s"`; sizes may have a suffix (`64KB`).',
    'A reload (`--signal reload`) applies what says *hot*; *partly* depends on the change.',
    '',
  ];
  for (const { title, rows } of optionGroups) {
    parts.push(`## ${title}`, '', ...tableOf(rows as unknown as OptionRow<never>[], true));
    for (const row of rows) parts.push(...blocksOf(row as unknown as OptionRow<never>, ''));
  }
  parts.push('## Command line', '', ...flagTables());
  return `${parts.join('\n').trimEnd()}\n`;
}

const reloadWords: Record<ReloadRule, string> = {
  hot: 'hot',
  refused: 'restart',
  partly: 'partly',
  inert: 'at start',
};

function tableOf(rows: readonly OptionRow<never>[], top: boolean): string[] {
  const head = ['Key', 'Value', 'Default', ...(top ? ['Reload'] : []), 'What it does'];
  const lines = [row(head), row(head.map(() => '---'))];
  for (const one of rows) {
    const keys = one.keys.map((key) => `\`${key}\``).join(' ');
    const cells = [keys, shapeText(one.shape), one.byDefault];
    if (top) cells.push(reloadWords[one.reload]);
    cells.push(one.doc + flagsText(one.flags) + stateText(one.shownBy, top));
    lines.push(row(cells));
  }
  return [...lines, ''];
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function flagsText(flags: readonly string[] | undefined): string {
  if (flags === undefined || flags.length === 0) return '';
  return ` Flags: ${flags.map((flag) => `\`${dashed(flag)}\``).join(' ')}.`;
}

function stateText(shownBy: string, top: boolean): string {
  return top && shownBy === 'inactive' ? ' *Not active yet.*' : '';
}

function dashed(flag: string): string {
  return flag.length <= 2 || flag === flag.toUpperCase() ? `-${flag}` : `--${flag}`;
}

function shapeText(shape: ValueShape): string {
  if (typeof shape === 'string') return shape;
  if ('values' in shape) return shape.values.map((value) => `\`${value}\``).join(' ');
  return shape.oneOf.map(shapeText).join(' or ');
}

function blocksOf(row: OptionRow<never>, path: string): string[] {
  const children = row.children ?? [];
  if (children.length === 0) return [];
  const name = path === '' ? row.keys[0] : `${path}.${row.keys[0]}`;
  const lines = [`### \`${name}\``, '', ...tableOf(children, false)];
  // Blocks that stand in several places are explained once, at the outermost.
  const shared = ['tls', 'permissions', 'default_permissions', 'users'];
  for (const child of children) {
    if (path !== '' && shared.includes(child.keys[0])) continue;
    lines.push(...blocksOf(child, name));
  }
  return lines;
}

function flagTables(): string[] {
  return flagGroups.flatMap(({ title, rows }) => [
    `### ${title}`,
    '',
    row(['Flag', 'What it does']),
    row(['---', '---']),
    ...rows.map(({ names, argument, doc }) => {
      const spellings = names.map((name) => `\`${dashed(name)}\``).join(' ');
      return row([`${spellings}${argument === '' ? '' : ` &lt;${argument}&gt;`}`, doc]);
    }),
    '',
  ]);
}
