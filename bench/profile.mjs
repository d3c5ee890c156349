// Reads V8 CPU profiles (`--cpu-prof`) and says where a server's time went.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** The functions with the most time of their own: text, one line each, from all profiles in a folder. */
export function summarizeProfiles(folder, most = 30) {
  const own = new Map();
  let total = 0;
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'))) {
    const profile = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    const places = new Map(profile.nodes.map((node) => [node.id, place(node.callFrame)]));
    profile.samples.forEach((id, i) => {
      const name = places.get(id);
      const micros = Math.max(profile.timeDeltas[i] ?? 0, 0);
      if (name === '(idle)') return;
      own.set(name, (own.get(name) ?? 0) + micros);
      total += micros;
    });
  }
  return [...own]
    .sort(([, a], [, b]) => b - a)
    .slice(0, most)
    .map(([name, micros]) => `${((100 * micros) / total).toFixed(1).padStart(5)} %  ${name}`)
    .join('\n');
}

function place({ functionName, url, lineNumber, columnNumber }) {
  const name = functionName || '(anonymous)';
  return url ? `${name}  ${basename(url)}:${lineNumber + 1}:${columnNumber + 1}` : name;
}
