import { type FlagRow, flagGroups } from '../options/flags.ts';
import { curveNames, insecureCipherSuites, secureCipherSuites } from '../options/tls-names.ts';

const COLUMN = 37;

function spelling(name: string): string {
  // As Go users read it: short names with one dash, words with two.
  return name.length <= 3 && name !== 'tls' && name !== 'net' && name !== 'log' && name !== 'pid'
    ? `-${name}`
    : `--${name}`;
}

function describe(row: FlagRow): string {
  const names = row.names.map(spelling).join(', ');
  const indent = names.startsWith('--') ? '        ' : '    ';
  const head = `${indent}${names}${row.argument === '' ? '' : ` <${row.argument}>`}`;
  if (head.length >= COLUMN) return `${head}\n${' '.repeat(COLUMN)}${row.doc}`;
  return `${head.padEnd(COLUMN)}${row.doc}`;
}

/** The help text, made from the flag table. */
export function usageText(program: string): string {
  const groups = flagGroups.map(
    ({ title, rows }) => `${title}:\n${rows.map(describe).join('\n')}\n`,
  );
  const commands = [
    'Commands:',
    `    ${program} mkpasswd [-p] [-c cost]`.padEnd(COLUMN + 4) +
      'Make a password and its bcrypt hash',
    '',
  ].join('\n');
  return `\nUsage: ${program} [options]\n\n${[...groups, commands].join('\n')}`;
}

const tlsExample = `
A tls block of the configuration file secures a listener:

    tls {
      # The server's certificate with its chain, and its private key (PEM)
      cert_file: "./certs/server-cert.pem"
      key_file:  "./certs/server-key.pem"
      # Who signs client certificates; asked for when verify is true
      ca_file:   "./certs/ca.pem"
      verify:    true

      # Seconds a handshake may take
      timeout: 2

      # Cipher suites and curves in order of preference; leave out for the defaults
      cipher_suites: [
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
      ]
      curve_preferences: [ "X25519", "CurveP256" ]
    }

On the command line: --tls --tlscert <file> --tlskey <file> [--tlsverify --tlscacert <file>]

`;

function list(title: string, names: readonly string[]): string {
  return `${title}\n${names.map((name) => `    ${name}`).join('\n')}\n`;
}

/** What --help_tls prints. */
export function tlsHelpText(): string {
  return [
    tlsExample,
    list('Available cipher suites include:', secureCipherSuites),
    list('\nCipher suites that need allow_insecure_cipher_suites:', insecureCipherSuites),
    list('\nAvailable curve preferences include:', curveNames),
  ].join('');
}
