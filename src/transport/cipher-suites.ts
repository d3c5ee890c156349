/**
 * Cipher suites, curves and versions between two vocabularies: Go's (which are IANA's), in which
 * nats-server is configured and reports, and OpenSSL's, which Node takes.
 *
 * Go ignores the order in which suites and curves are configured and prefers by an order of its own;
 * that order is kept here, so that the same client negotiates the same suite. TLS 1.3 suites cannot
 * be configured in Go: all three are always on.
 */
import * as tls from 'node:tls';

const tls13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];

/** TLS 1.2 suites that Go offers by default, best first: Go's name, OpenSSL's name. */
const secure: readonly (readonly [string, string])[] = [
  ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
  ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', 'ECDHE-ECDSA-AES256-GCM-SHA384'],
  ['TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'],
  ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
  ['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-RSA-CHACHA20-POLY1305'],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA', 'ECDHE-ECDSA-AES128-SHA'],
  ['TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA', 'ECDHE-RSA-AES128-SHA'],
  ['TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA', 'ECDHE-ECDSA-AES256-SHA'],
  ['TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA', 'ECDHE-RSA-AES256-SHA'],
];

/** Only with `allow_insecure_cipher_suites`, and only by name. */
const insecure: readonly (readonly [string, string])[] = [
  ['TLS_RSA_WITH_AES_128_GCM_SHA256', 'AES128-GCM-SHA256'],
  ['TLS_RSA_WITH_AES_256_GCM_SHA384', 'AES256-GCM-SHA384'],
  ['TLS_RSA_WITH_AES_128_CBC_SHA', 'AES128-SHA'],
  ['TLS_RSA_WITH_AES_256_CBC_SHA', 'AES256-SHA'],
  ['TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA', 'ECDHE-RSA-DES-CBC3-SHA'],
  ['TLS_RSA_WITH_3DES_EDE_CBC_SHA', 'DES-CBC3-SHA'],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256', 'ECDHE-ECDSA-AES128-SHA256'],
  ['TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256', 'ECDHE-RSA-AES128-SHA256'],
  ['TLS_RSA_WITH_AES_128_CBC_SHA256', 'AES128-SHA256'],
  ['TLS_ECDHE_ECDSA_WITH_RC4_128_SHA', 'ECDHE-ECDSA-RC4-SHA'],
  ['TLS_ECDHE_RSA_WITH_RC4_128_SHA', 'ECDHE-RSA-RC4-SHA'],
  ['TLS_RSA_WITH_RC4_128_SHA', 'RC4-SHA'],
];

/** Go's curve names in Go's order of preference, and OpenSSL's. */
const curves: readonly (readonly [string, string])[] = [
  ['X25519MLKEM768', 'X25519MLKEM768'],
  ['SecP256r1MLKEM768', 'SecP256r1MLKEM768'],
  ['SecP384r1MLKEM1024', 'SecP384r1MLKEM1024'],
  ['X25519', 'X25519'],
  ['CurveP256', 'P-256'],
  ['CurveP384', 'P-384'],
  ['CurveP521', 'P-521'],
];

/** What was asked for and this runtime's OpenSSL does not have. */
export interface Selection {
  /** For Node's `ciphers` or `ecdhCurve`. */
  readonly value: string;
  readonly missing: readonly string[];
}

/**
 * Go names to Node's `ciphers`; an empty list is Go's default. Throws when none of the names is
 * known here: silence would turn a restriction into something else.
 */
export function selectCiphers(names: readonly string[]): Selection {
  if (names.length === 0) {
    return { value: [...tls13, ...secure.map(([, openssl]) => openssl)].join(':'), missing: [] };
  }
  const available = new Set(tls.getCiphers());
  const wanted = [...secure, ...insecure].filter(([go]) => names.includes(go));
  const usable = wanted.filter(([, openssl]) => available.has(openssl.toLowerCase()));
  const have = new Set([...tls13, ...usable.map(([go]) => go)]);
  const missing = names.filter((name) => !have.has(name));
  if (missing.length === names.length) {
    throw new Error(`none of the cipher suites is available in this runtime: ${names.join(', ')}`);
  }
  return { value: [...tls13, ...usable.map(([, openssl]) => openssl)].join(':'), missing };
}

const curveAvailable = new Map<string, boolean>();

function isCurveAvailable(openssl: string): boolean {
  let available = curveAvailable.get(openssl);
  if (available === undefined) {
    try {
      tls.createSecureContext({ ecdhCurve: openssl, ca: [] });
      available = true;
    } catch {
      available = false;
    }
    curveAvailable.set(openssl, available);
  }
  return available;
}

/**
 * Go names to Node's `ecdhCurve`; an empty list is Go's default. The hybrid post-quantum curves need
 * OpenSSL 3.5 (Node 24): where it is older the others are used, and if none is left it throws.
 */
export function selectCurves(names: readonly string[]): Selection {
  const wanted = curves.filter(([go]) => names.length === 0 || names.includes(go));
  const usable = wanted.filter(([, openssl]) => isCurveAvailable(openssl));
  const have = new Set(usable.map(([go]) => go));
  if (have.size === 0) {
    throw new Error(`none of the curves is available in this runtime: ${names.join(', ')}`);
  }
  const value = usable.map(([, openssl]) => openssl).join(':');
  return { value, missing: names.filter((name) => !have.has(name)) };
}

/** Node's `TLSv1.3` as nats-server reports it: `1.3`. */
export function tlsVersionText(protocol: string | null): string {
  return protocol === 'TLSv1' ? '1.0' : (protocol ?? '').replace(/^TLSv/, '');
}
