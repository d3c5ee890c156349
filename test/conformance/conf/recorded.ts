import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One configuration file and what nats-server printed for it with `-t`. */
export interface RecordedCase {
  name: string;
  text: string;
  surroundings?: string;
  accepted: boolean;
  /** Sorted, without the program's name; `main.conf` is the file. */
  lines: string[];
  /** True when lines differed between runs; then `lines` are those of every run. */
  unstable?: boolean;
}

interface Surroundings {
  files?: Record<string, string>;
  env?: Record<string, string>;
}

export interface Recorded {
  surroundings: Record<string, Surroundings>;
  cases: RecordedCase[];
}

export function readRecorded(): Recorded {
  const path = join(__PROJECT_ROOT__, 'test/conformance/recorded/conf.jsonl');
  const [head, ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n');
  const { surroundings } = JSON.parse(head ?? '{}') as { surroundings: Recorded['surroundings'] };
  return { surroundings, cases: lines.map((line) => JSON.parse(line) as RecordedCase) };
}

/** The world that a case was recorded in: its file, the files and variables around it. */
export function worldOf(one: RecordedCase, recorded: Recorded) {
  const around = recorded.surroundings[one.surroundings ?? ''] ?? {};
  const files = new Map(Object.entries(around.files ?? {}));
  files.set('main.conf', one.text);
  const fixtures = join(__PROJECT_ROOT__, 'test/conformance/conf/fixtures');
  return {
    readFile(path: string): Uint8Array {
      const text = files.get(path);
      if (text !== undefined) return Buffer.from(text);
      const parent = path === '.' || [...files.keys()].some((file) => file.startsWith(`${path}/`));
      if (parent) throw fileError('EISDIR');
      if ([...files.keys()].some((file) => path.startsWith(`${file}/`))) throw fileError('ENOTDIR');
      return readFileSync(join(fixtures, path));
    },
    env: (name: string): string | undefined => around.env?.[name],
  };
}

function fileError(code: string): Error {
  return Object.assign(new Error(code), { code });
}
