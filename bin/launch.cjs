'use strict';
/*
 * Loads dist/tnatsd.cjs into this process, through a V8 code cache: compiling a program of this size
 * costs more than everything else before "Server is ready", and test suites start thousands of servers.
 *
 * The cache holds machine-independent bytecode of exactly one program text, one Node and one set of
 * V8 flags; its name is a hash of these. V8 itself checks neither the text (only its length) nor, in
 * release builds, the integrity of the data, so the file begins with a checksum. A cache that is missing,
 * damaged, foreign or refused by V8 is ignored; a new one is written a moment after the start.
 */
const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');

const root = path.dirname(__dirname);
const program = path.join(root, 'dist', 'tnatsd.cjs');
/** After this the server is up and has compiled what a start needs. */
const WRITE_AFTER_MS = 250;

function buildMissing() {
  // Only a clone of the repository comes without dist/. The builder is a child: it must not
  // leave anything behind in the process that becomes the server.
  const { spawnSync } = require('node:child_process');
  const build = path.join(root, 'scripts', 'build.mjs');
  const result = spawnSync(process.execPath, [build], { stdio: ['ignore', 2, 2] });
  if (result.status !== 0) process.exit(result.status ?? 1);
}

function readProgram() {
  try {
    return fs.readFileSync(program);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    buildMissing();
    return fs.readFileSync(program);
  }
}

function sha1(...parts) {
  const hash = require('node:crypto').createHash('sha1');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** The folders that may hold the cache: beside the program, else the user's own. */
function cacheFolders() {
  const home = process.env.XDG_CACHE_HOME || (process.env.HOME && `${process.env.HOME}/.cache`);
  const folders = [path.join(root, 'dist', 'cache')];
  if (home) folders.push(path.join(home, 'tnatsd'));
  return folders;
}

/** A cache is code: only the user's own files, or those of who installed the program, count. */
function isTrusted(stat) {
  if (process.getuid === undefined) return true;
  const owners = [process.getuid(), fs.statSync(program).uid];
  return owners.includes(stat.uid) && (stat.mode & 0o022) === 0;
}

function readCache(name) {
  for (const folder of cacheFolders()) {
    let fd;
    try {
      fd = fs.openSync(path.join(folder, name), 'r');
      if (!isTrusted(fs.fstatSync(fd))) continue;
      const file = fs.readFileSync(fd);
      const data = file.subarray(20);
      if (file.length > 20 && sha1(data).equals(file.subarray(0, 20))) return data;
    } catch {
      // Missing or unreadable here.
    } finally {
      if (fd !== undefined) fs.closeSync(fd);
    }
  }
  return undefined;
}

function writeCache(name, script) {
  const data = script.createCachedData();
  const file = Buffer.concat([sha1(data), data]);
  for (const folder of cacheFolders()) {
    const target = path.join(folder, name);
    const beside = `${target}.${process.pid}`;
    try {
      fs.mkdirSync(folder, { recursive: true });
      fs.writeFileSync(beside, file, { mode: 0o644, flag: 'wx' });
      fs.renameSync(beside, target);
      return;
    } catch {
      // Not writable: the next folder, or no cache.
      try {
        fs.unlinkSync(beside);
      } catch {}
    }
  }
}

function launch() {
  const bytes = readProgram();
  const flags = `${process.version} ${process.arch} ${process.execArgv} ${process.env.NODE_OPTIONS}`;
  const name = `${sha1(flags, '\0', bytes).toString('hex')}.cache`;
  const cachedData = readCache(name);
  // esbuild writes ASCII; a one-byte string is what V8 reads fastest.
  const script = new vm.Script(
    `(function (exports, require, module, __filename, __dirname) {${bytes.latin1Slice()}\n})`,
    {
      filename: program,
      cachedData,
    },
  );
  const module = { exports: {} };
  script.runInThisContext()(module.exports, require, module, program, path.dirname(program));
  if (cachedData !== undefined && !script.cachedDataRejected) return;
  setTimeout(() => writeCache(name, script), WRITE_AFTER_MS).unref();
}

launch();
