import { goQuote } from '../base/go-quote.ts';
import { type ConfNode, isConfArray, isConfMap } from '../conf/node.ts';
import { emptyTls } from './default-options.ts';
import { millisecond, parseDuration } from './duration.ts';
import { goTypeName, goValueText } from './go-values.ts';
import { ocspPeerRows, readOcspPeer } from './ocsp-peer-block.ts';
import { asChildren, type OptionRow, readEntries, type ValueShape } from './option-row.ts';
import { ConfigError, type ParseContext, TypeMismatch } from './parse-context.ts';
import { asArray, asMap, asString, readSeconds } from './readers.ts';
import { factsOf } from './row-makers.ts';
import { tlsFilesProblem } from './tls-files.ts';
import { curveNames, insecureCipherSuites, secureCipherSuites } from './tls-names.ts';
import type { TlsOptions } from './types.ts';

/*
 * The `tls {}` block: of clients (`tls`, `websocket`, `mqtt`, `resolver`), where the server verifies on
 * demand, and of cluster, gateways and leaf nodes, where both sides know each other's URLs.
 * nats-server gives up the block at its first error; so does this. The files are read to judge them;
 * the transport layer loads them again when it builds its contexts.
 */

/** While a block is read: what its keys need to know of each other. */
interface TlsReading extends TlsOptions {
  /** The block belongs to client connections. */
  forClients: boolean;
  insecureFound: string[];
}

function plain(
  keys: OptionRow<TlsReading>['keys'],
  shape: ValueShape,
  doc: string,
  byDefault: string,
  read: (node: ConfNode, tls: TlsReading, key: string) => void,
): OptionRow<TlsReading> {
  return {
    keys,
    shape,
    ...factsOf({ doc, byDefault }),
    read: (_context, node, tls, key) => read(node, tls, key),
  };
}

function fileRow(key: 'cert_file' | 'key_file' | 'ca_file', doc: string): OptionRow<TlsReading> {
  const field = ({ cert_file: 'certFile', key_file: 'keyFile', ca_file: 'caFile' } as const)[key];
  return plain([key], 'string', doc, '', (node, tls) => {
    if (typeof node.value !== 'string') {
      throw new ConfigError(node, `error parsing tls config, expected '${key}' to be filename`);
    }
    tls[field] = node.value;
  });
}

function flagRow(
  key: string,
  doc: string,
  set: (tls: TlsReading, value: boolean, node: ConfNode) => void,
): OptionRow<TlsReading> {
  return plain([key], 'boolean', doc, 'false', (node, tls) => {
    if (typeof node.value !== 'boolean') {
      throw new ConfigError(node, `error parsing tls config, expected '${key}' to be a boolean`);
    }
    set(tls, node.value, node);
  });
}

function storeRow(
  key: 'cert_store' | 'cert_match_by' | 'cert_match',
  doc: string,
  set: (tls: TlsReading, value: string, node: ConfNode) => void,
): OptionRow<TlsReading> {
  return plain([key], 'string', doc, '', (node, tls) => {
    if (typeof node.value !== 'string' || node.value === '') {
      throw new ConfigError(node, `expected '${key}' to be a valid non-empty string`);
    }
    set(tls, node.value, node);
  });
}

const pairRows: OptionRow<{ certFile: string; keyFile: string }>[] = [
  {
    keys: ['cert_file'],
    shape: 'string',
    ...factsOf({ doc: 'Certificate file.' }),
    read: (_context, node, pair) => {
      pair.certFile = pairFile(node);
    },
  },
  {
    keys: ['key_file'],
    shape: 'string',
    ...factsOf({ doc: 'Private key file.' }),
    read: (_context, node, pair) => {
      pair.keyFile = pairFile(node);
    },
  },
];

function pairFile(node: ConfNode): string {
  if (typeof node.value === 'string') return node.value;
  const type = goTypeName(node.value);
  throw new ConfigError(node, `error parsing certificates config: unsupported type ${type}`);
}

export const tlsRows: OptionRow<TlsReading>[] = [
  fileRow('cert_file', 'Certificate file (PEM).'),
  fileRow('key_file', 'Private key file (PEM).'),
  fileRow('ca_file', 'Certificates of the authorities that sign peers (PEM).'),
  {
    keys: ['certs', 'certificates'],
    shape: 'block array',
    children: asChildren(pairRows),
    ...factsOf({ doc: 'Several certificates, chosen by server name; instead of cert_file.' }),
    read: readCertificates,
  },
  flagRow('insecure', 'Do not verify the certificate of the other side.', (tls, value) => {
    tls.insecure = value;
  }),
  flagRow('verify', 'Require and verify client certificates.', (tls, value) => {
    tls.verify = value;
  }),
  flagRow('verify_and_map', 'As verify, and the certificate names the user.', (tls, value) => {
    if (value) tls.verify = true;
    tls.map = value;
  }),
  flagRow(
    'verify_cert_and_check_known_urls',
    'As verify, and the certificate must name a known URL.',
    (tls, value, node) => {
      if (value && tls.forClients) {
        throw new ConfigError(
          node,
          'verify_cert_and_check_known_urls not supported in this context',
        );
      }
      if (value) tls.verify = true;
      tls.checkKnownUrls = value;
    },
  ),
  plain(['timeout'], 'seconds', 'How long a handshake may take.', '2', (node, tls) => {
    tls.timeoutSeconds = readSeconds(node, 'tls');
  }),
  plain(
    ['min_version'],
    { values: ['1.2', '1.3'] },
    'Lowest version of TLS.',
    '1.2',
    (node, tls) => {
      tls.minVersion = readVersion(node);
    },
  ),
  plain(
    ['cipher_suites'],
    'string array',
    "Cipher suites by Go's names.",
    'the secure ones',
    readCipherSuites,
  ),
  flagRow(
    'allow_insecure_cipher_suites',
    'Accept cipher suites that are not secure.',
    (tls, value) => {
      tls.allowInsecureCiphers = value;
    },
  ),
  plain(
    ['curve_preferences'],
    'string array',
    `Curves in order of preference: ${curveNames.join(', ')}.`,
    'all',
    readCurves,
  ),
  plain(
    ['handshake_first', 'first', 'immediate'],
    { oneOf: ['boolean', 'string'] },
    'Handshake before INFO: true, false, auto (after 50ms INFO is sent first) or a duration.',
    'false',
    readHandshakeFirst,
  ),
  plain(
    ['connection_rate_limit'],
    'integer',
    'TLS connections accepted per second.',
    'unlimited',
    (node, tls) => {
      if (typeof node.value !== 'bigint') {
        throw new ConfigError(node, "error parsing tls config, 'connection_rate_limit' wrong type");
      }
      tls.connectionRateLimit = Number(node.value);
    },
  ),
  plain(
    ['pinned_certs'],
    'string array',
    'SHA-256 (hex) of the public keys that client certificates may have.',
    'any',
    readPinned,
  ),
  storeRow('cert_store', 'Certificate store of Windows.', (tls, value, node) => {
    const known = ['windowscurrentuser', 'windowslocalmachine'].includes(value.toLowerCase());
    if (!known) throw new ConfigError(node, 'cert store type not implemented');
    tls.certStore = value;
    throw new ConfigError(node, 'cert_store not compatible with current operating system');
  }),
  storeRow('cert_match_by', 'subject, issuer or thumbprint.', (tls, value, node) => {
    if (!['subject', 'issuer', 'thumbprint'].includes(value.toLowerCase())) {
      throw new ConfigError(node, 'cert match by type not implemented');
    }
    tls.certMatchBy = value;
  }),
  storeRow('cert_match', 'What to look for in the store.', (tls, value) => {
    tls.certMatch = value;
  }),
  plain(
    ['ca_certs_match'],
    'strings',
    'Authorities to look for in the store.',
    '',
    readAuthorityMatches,
  ),
  plain(
    ['cert_match_skip_invalid'],
    'boolean',
    'Skip expired certificates of the store.',
    'false',
    (node, tls) => {
      if (typeof node.value !== 'boolean') {
        throw new ConfigError(node, "expected 'cert_match_skip_invalid' to be a boolean");
      }
      tls.certMatchSkipInvalid = node.value;
    },
  ),
  {
    keys: ['ocsp_peer'],
    shape: { oneOf: ['boolean', 'block'] },
    children: asChildren(ocspPeerRows),
    ...factsOf({ doc: 'Check the certificates of peers by OCSP.', byDefault: 'false' }),
    read: (context, node, tls) => {
      tls.ocspPeer = { ...readOcspPeer(context, node) };
    },
  },
];

function readCertificates(context: ParseContext, node: ConfNode, tls: TlsReading): void {
  const wrongType = (type: string) => `error parsing certificates config: unsupported type ${type}`;
  if (!isConfArray(node.value)) {
    // nats-server names the type of the whole tls block here.
    throw new ConfigError(node, wrongType('map[string]interface {}'));
  }
  tls.certificates = node.value.items.map((item) => {
    if (!isConfMap(item.value)) throw new ConfigError(item, wrongType(goTypeName(item.value)));
    const pair = { certFile: '', keyFile: '' };
    readEntries(context, item.value, pairRows, pair, {
      strict: true,
      noVariables: true,
      unknown: (key) => `error parsing tls certs config, unknown field ${goQuote(key)}`,
    });
    if (pair.certFile === '' || pair.keyFile === '') {
      throw new ConfigError(
        [...item.value.entries.values()].at(-1) ?? item,
        "error parsing certificates config: both 'cert_file' and 'cert_key' options are required",
      );
    }
    return pair;
  });
}

function readCipherSuites(node: ConfNode, tls: TlsReading): void {
  const items = asArray(node).items;
  if (items.length === 0) {
    throw new ConfigError(node, "error parsing tls config, 'cipher_suites' cannot be empty");
  }
  tls.cipherSuites = items.map((item) => {
    const name = asString(item);
    if (insecureCipherSuites.includes(name)) tls.insecureFound.push(name);
    else if (!secureCipherSuites.includes(name)) {
      throw new ConfigError(item, `unrecognized cipher ${name}`);
    }
    return name;
  });
}

function readCurves(node: ConfNode, tls: TlsReading): void {
  const items = asArray(node).items;
  if (items.length === 0) {
    throw new ConfigError(node, "error parsing tls config, 'curve_preferences' cannot be empty");
  }
  tls.curvePreferences = items.map((item) => {
    const name = asString(item);
    if (curveNames.includes(name)) return name;
    throw new ConfigError(item, `unrecognized curve preference ${name}`);
  });
}

function readVersion(node: ConfNode): '1.2' | '1.3' {
  const fail = (why: string) => new ConfigError(node, `error parsing tls config: ${why}`);
  const version = node.value;
  if (typeof version !== 'string') throw fail(`'min_version' wrong type: ${goValueText(version)}`);
  if (version === '1.2' || version === '1.3') return version;
  if (version === '1.0' || version === '1.1') throw fail(`unsupported TLS version: TLS ${version}`);
  throw fail(`unknown version: ${version}`);
}

function readHandshakeFirst(node: ConfNode, tls: TlsReading, key: string): void {
  const value = node.value;
  if (typeof value === 'boolean') {
    tls.handshakeFirst = value;
    return;
  }
  if (typeof value !== 'string') {
    const type = goTypeName(value);
    throw new ConfigError(
      node,
      `field ${goQuote(key)} should be a boolean or a string, got ${type}`,
    );
  }
  const word = value.toLowerCase();
  tls.handshakeFirst = word !== 'false' && word !== 'off';
  if (['true', 'on', 'false', 'off'].includes(word)) return;
  tls.handshakeFirstFallbackNs =
    word === 'auto' || word === 'auto_fallback' ? 50n * millisecond : fallbackOf(node, key, value);
}

function fallbackOf(node: ConfNode, key: string, text: string): bigint {
  try {
    return parseDuration(text);
  } catch {
    throw new ConfigError(node, `field ${goQuote(key)}'s value ${goQuote(text)} is invalid`);
  }
}

function readPinned(node: ConfNode, tls: TlsReading): void {
  const form = 'hex-encoded sha256 of DER encoded SubjectPublicKeyInfo';
  if (!isConfArray(node.value)) {
    throw new ConfigError(
      node,
      `error parsing tls config, expected 'pinned_certs' to be a list of ${form}`,
    );
  }
  if (node.value.items.length === 0) return;
  tls.pinnedCerts = node.value.items.map((item) => {
    const entry = asString(item).toLowerCase();
    if (/^[a-f0-9]{64}$/.test(entry)) return entry;
    throw new ConfigError(
      item,
      `error parsing tls config, 'pinned_certs' key ${entry} does not look like ${form}`,
    );
  });
}

function readAuthorityMatches(node: ConfNode, tls: TlsReading): void {
  if (typeof node.value === 'string') tls.caCertsMatch = [node.value];
  if (!isConfArray(node.value)) return;
  tls.caCertsMatch = node.value.items.map((item) => {
    if (typeof item.value === 'string') return item.value;
    // nats-server prints the type of its own wrapper of the value.
    throw new ConfigError(
      node,
      'error parsing ca_cert_match: unsupported type *conf.token where string is expected',
    );
  });
}

/**
 * Reads a `tls {}` block and judges its files. `forClients` is false for cluster, gateways and leaf
 * nodes, which may check known URLs. Throws at the first error, as nats-server.
 */
export function readTls(context: ParseContext, node: ConfNode, forClients: boolean): TlsOptions {
  const { forClients: _, insecureFound, ...tls } = readTlsEntries(context, node, forClients);
  if (tls.certificates.length > 0 && tls.certFile !== '') {
    throw new ConfigError(
      node,
      "error parsing tls config, cannot combine 'cert_file' option with 'certs' option",
    );
  }
  if (!tls.allowInsecureCiphers && insecureFound.length > 0) {
    throw new ConfigError(
      node,
      "insecure cipher suites configured without 'allow_insecure_cipher_suites' option set: " +
        insecureFound.join(', '),
    );
  }
  const problem = tlsFilesProblem(context.io, tls);
  if (problem !== undefined) throw new ConfigError(node, problem);
  return tls;
}

function readTlsEntries(context: ParseContext, node: ConfNode, forClients: boolean): TlsReading {
  const tls: TlsReading = { ...emptyTls(), forClients, insecureFound: [] };
  try {
    readEntries(context, asMap(node), tlsRows, tls, {
      strict: true,
      noVariables: true,
      unknown: (key) => `error parsing tls config, unknown field ${goQuote(key)}`,
    });
  } catch (error) {
    // For the block around it, a wrong type in here is an error like any other.
    throw error instanceof TypeMismatch ? new ConfigError(error.node, error.message) : error;
  }
  return tls;
}

/** The `tls` row of a block; `set` keeps the result. */
export function tlsRow<Target>(
  forClients: boolean,
  set: (target: Target, tls: TlsOptions) => void,
): OptionRow<Target> {
  return {
    keys: ['tls'],
    shape: 'block',
    children: asChildren(tlsRows),
    ...factsOf({ doc: 'TLS of these connections.' }),
    read: (context, node, target) => set(target, readTls(context, node, forClients)),
  };
}
