import { randomInt } from 'node:crypto';
import * as bcrypt from 'bcryptjs';
import { errorText } from '../base/error-text.ts';
import { goQuote } from '../base/go-quote.ts';
import { print } from './print.ts';

/*
 * `tnatsd mkpasswd`, the password tool of gnatsd 0.8: makes a strong password (or takes one from standard
 * input with -p) and prints its bcrypt hash for the configuration file.
 */

const PASSWORD_LENGTH = 22;
const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** No quotes, braces, commas or `$`: the configuration language must take it unquoted. */
const CHARACTERS = `${LETTERS}@#%^&*()`;
const DEFAULT_COST = 11;
const COST_MIN = 4;
const COST_MAX = 31;
/** bcrypt ignores what is longer; silently cutting a password is refused instead. */
const PASSWORD_BYTES_MAX = 72;

const usage = `Usage: tnatsd mkpasswd [-p] [-c <cost>]

    -p           Read the password from standard input instead of making one
    -c <cost>    Cost of the hash, 4 to 31 (default: ${DEFAULT_COST})
`;

export interface PasswordRequest {
  readonly fromInput: boolean;
  readonly cost: number;
}

/** Parses the arguments after `mkpasswd`. */
export function parsePasswordArgs(
  args: readonly string[],
): PasswordRequest | { readonly help: true } | { readonly problem: string } {
  let fromInput = false;
  let cost = DEFAULT_COST;
  for (let i = 0; i < args.length; i++) {
    const [flag, joined] = (args[i] ?? '').replace(/^--/, '-').split('=', 2);
    if (flag === '-h' || flag === '-help') return { help: true };
    if (flag === '-p') fromInput = true;
    else if (flag === '-c') {
      const text = joined ?? args[++i] ?? '';
      if (!/^\d+$/.test(text))
        return { problem: `invalid value ${goQuote(text)} for flag -c: parse error` };
      cost = Number(text);
    } else return { problem: `flag provided but not defined: ${flag}` };
  }
  if (cost < COST_MIN || cost > COST_MAX) {
    return { problem: `cost ${cost} is outside allowed range (${COST_MIN},${COST_MAX})` };
  }
  return { fromInput, cost };
}

/** 22 random characters, about 135 bits. */
export function generatePassword(): string {
  // A letter first: a digit or `%` would mean something to the configuration language.
  let password = LETTERS[10 + randomInt(LETTERS.length - 10)] ?? '';
  while (password.length < PASSWORD_LENGTH) password += CHARACTERS[randomInt(CHARACTERS.length)];
  return password;
}

/** The `$2a$` hash that every version of nats-server accepts. Throws when the password is too long. */
export async function hashPassword(password: string, cost: number): Promise<string> {
  if (Buffer.byteLength(password) > PASSWORD_BYTES_MAX) {
    throw new Error('bcrypt: password length exceeds 72 bytes');
  }
  const salt = (await bcrypt.genSalt(cost)).replace(/^\$2[by]\$/, '$2a$');
  return bcrypt.hash(password, salt);
}

/** One line from a terminal, without echo; undefined when interrupted. */
function readHidden(prompt: string): Promise<string | undefined> {
  print(2, prompt);
  const input = process.stdin;
  input.setRawMode(true);
  input.setEncoding('utf8');
  input.resume();
  return new Promise((resolve) => {
    let line = '';
    const finish = (result: string | undefined) => {
      input.off('data', onData);
      input.setRawMode(false);
      input.pause();
      print(2, '\n');
      resolve(result);
    };
    const onData = (text: string) => {
      for (const char of text) {
        if (char === '\r' || char === '\n') return finish(line);
        if (char === '\x03' || (char === '\x04' && line === '')) return finish(undefined);
        if (char === '\x7f' || char === '\b') line = line.replace(/.$/su, '');
        else line += char;
      }
    };
    input.on('data', onData);
  });
}

async function readPiped(): Promise<string> {
  let text = '';
  process.stdin.setEncoding('utf8');
  for await (const chunk of process.stdin) text += chunk;
  return text.split(/\r?\n/, 1)[0] ?? '';
}

/** The password from standard input; asked for twice on a terminal. */
async function readPassword(): Promise<string> {
  if (!process.stdin.isTTY) return readPiped();
  const first = await readHidden('Enter Password: ');
  const second = first === undefined ? undefined : await readHidden('Reenter Password: ');
  if (first === undefined || second === undefined) throw new Error('interrupted');
  if (first !== second) throw new Error('Error, passwords do not match');
  return first;
}

/** Runs the command; resolves to the exit code. */
export async function mkpasswd(args: readonly string[]): Promise<number> {
  const request = parsePasswordArgs(args);
  if ('help' in request) {
    print(1, usage);
    return 0;
  }
  if ('problem' in request) {
    print(2, `${request.problem}\n${usage}`);
    return 2;
  }
  try {
    const password = request.fromInput ? await readPassword() : generatePassword();
    if (password === '') throw new Error('the password is empty');
    if (!request.fromInput) print(1, `pass: ${password}\n`);
    print(1, `bcrypt hash: ${await hashPassword(password, request.cost)}\n`);
    return 0;
  } catch (error) {
    print(2, `tnatsd mkpasswd: ${errorText(error)}\n`);
    return 1;
  }
}
