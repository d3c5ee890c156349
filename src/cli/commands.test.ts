import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { compare } from 'bcryptjs';
import { generatePassword, hashPassword, parsePasswordArgs } from './mkpasswd.ts';
import { type ProcessTable, sendSignalCommand } from './signal-command.ts';

function table(pids: number[], files: Record<string, string> = {}) {
  const sent: string[] = [];
  const processes: ProcessTable = {
    ownPid: 1,
    serverPids: () => [1, ...pids],
    kill(pid, signal) {
      if (!pids.includes(pid)) throw Object.assign(new Error('kill'), { code: 'ESRCH' });
      sent.push(`${signal} ${pid}`);
    },
    readFile: (path) => files[path],
  };
  return { sent, processes };
}

function sentBy(parameter: string, pids: number[], files?: Record<string, string>): string[] {
  const { sent, processes } = table(pids, files);
  sendSignalCommand(parameter, processes);
  return sent;
}

test('each command has its signal', () => {
  const expected: Record<string, string> = {
    stop: 'SIGKILL',
    quit: 'SIGINT',
    reopen: 'SIGUSR1',
    reload: 'SIGHUP',
    ldm: 'SIGUSR2',
    term: 'SIGTERM',
  };
  for (const [command, signal] of Object.entries(expected)) {
    assert.deepEqual(sentBy(command, [50]), [`${signal} 50`]);
  }
});

test('a pid, a pid file and globs choose the processes', () => {
  assert.deepEqual(sentBy('ldm=51', [50, 51]), ['SIGUSR2 51']);
  assert.deepEqual(sentBy('ldm=/run/x', [50, 51], { '/run/x': '50\n' }), ['SIGUSR2 50']);
  assert.deepEqual(sentBy('stop=5*', [50, 51, 60]), ['SIGKILL 50', 'SIGKILL 51']);
  assert.deepEqual(sentBy('stop=*', [50, 60]), ['SIGKILL 50', 'SIGKILL 60']);
});

test('what cannot be sent gives the text of nats-server', () => {
  const failures: [string, number[], string][] = [
    ['foo', [], 'no nats-server processes running'],
    ['stop=abc', [], 'invalid pid: abc'],
    ['a=b=c', [], 'invalid signal parameters: [c]'],
    ['foo=7', [7], 'unknown signal "foo"'],
    ['constructor=7', [7], 'unknown signal "constructor"'],
    ['stop', [7, 8], 'multiple nats-server processes running:\n7\n8'],
    ['stop=9', [7], '\nsignal "stop" 9: no such process'],
  ];
  for (const [parameter, pids, message] of failures) {
    assert.throws(() => sendSignalCommand(parameter, table(pids).processes), { message });
  }
});

test('a pid that means a process group is refused', () => {
  for (const pid of ['-1', '0', '-5*']) {
    assert.throws(() => sendSignalCommand(`stop=${pid}`, table([5]).processes), /invalid pid/);
  }
});

test('mkpasswd arguments are Go flags', () => {
  assert.deepEqual(parsePasswordArgs([]), { fromInput: false, cost: 11 });
  assert.deepEqual(parsePasswordArgs(['-p', '--c=5']), { fromInput: true, cost: 5 });
  assert.deepEqual(parsePasswordArgs(['-c', '12']), { fromInput: false, cost: 12 });
  assert.match(JSON.stringify(parsePasswordArgs(['-c', '3'])), /outside allowed range/);
  assert.match(JSON.stringify(parsePasswordArgs(['-x'])), /not defined: -x/);
});

test('a made password is long, varied and different each time', () => {
  const all = Array.from({ length: 200 }, generatePassword);
  assert.equal(new Set(all).size, 200);
  for (const password of all) assert.match(password, /^[A-Za-z][A-Za-z0-9@#%^&*()]{21}$/);
});

test('the hash is $2a$ with the asked cost and checks', async () => {
  const hash = await hashPassword('pä$$', 4);
  assert.match(hash, /^\$2a\$04\$[./A-Za-z0-9]{53}$/);
  assert.equal(await compare('pä$$', hash), true);
  assert.equal(await compare('other', hash), false);
  await assert.rejects(hashPassword('x'.repeat(73), 4), /exceeds 72 bytes/);
});

test('the mkpasswd command prints as the manual shows, and hashes what it is given', async () => {
  const program = join(__PROJECT_ROOT__, 'bin/tnatsd.cjs');
  const run = (args: string[], input = '') =>
    spawnSync(process.execPath, [program, 'mkpasswd', ...args], { encoding: 'utf8', input });
  const made = /^pass: (\S{22})\nbcrypt hash: (\$2a\$11\$\S{53})\n$/.exec(run([]).stdout);
  assert.ok(made !== null);
  assert.equal(await compare(made[1] as string, made[2] as string), true);
  const given = /^bcrypt hash: (\$2a\$05\$\S{53})\n$/.exec(
    run(['-p', '-c', '5'], 'secret\n').stdout,
  );
  assert.equal(await compare('secret', given?.[1] as string), true);
  assert.equal(run(['-p'], '').status, 1);
  assert.equal(run(['-z']).status, 2);
});

test('a reader that leaves early is no fault of the program', () => {
  const program = join(__PROJECT_ROOT__, 'bin/tnatsd.cjs');
  const shell = `"${process.execPath}" "${program}" --json-schema | head -c 10`;
  const result = spawnSync('sh', ['-c', shell], { encoding: 'utf8' });
  assert.equal(result.stdout.length, 10);
  assert.equal(result.stderr, '');
});
