/**
 * Networks that a user may connect from. Addresses and CIDRs are read as Go's `net` reads them: no
 * zeros in front, no zones, an IPv4 address in its IPv6 clothes is that IPv4 address.
 */

export interface Network {
  /** 4 or 16 bytes, those beyond the prefix zero. */
  readonly bytes: readonly number[];
  readonly prefixBits: number;
}

/** May a connection from `host` be made? `src` lists CIDRs, none is everywhere. */
export function isFromSource(src: readonly string[], host: string): boolean {
  if (src.length === 0) return true;
  const address = parseAddress(host);
  if (address === undefined) return false;
  for (const cidr of src) {
    const network = parseNetwork(cidr);
    if (network === undefined) return false;
    if (contains(network, unmapped(address))) return true;
  }
  return false;
}

/** Undefined for what is no CIDR. */
export function parseNetwork(cidr: string): Network | undefined {
  const [host = '', length, ...more] = cidr.split('/');
  const address = parseAddress(host);
  if (address === undefined || length === undefined || more.length > 0) return undefined;
  if (!/^\d{1,8}$/.test(length) || Number(length) > address.length * 8) return undefined;
  const prefixBits = Number(length);
  const bytes = unmapped(address.map((byte, index) => byte & maskOf(prefixBits, index)));
  return { bytes, prefixBits: prefixBits - (address.length - bytes.length) * 8 };
}

function contains(network: Network, address: readonly number[]): boolean {
  if (network.bytes.length !== address.length) return false;
  return network.bytes.every(
    (byte, index) => byte === ((address[index] ?? 0) & maskOf(network.prefixBits, index)),
  );
}

/** The bits of the byte at `index` that belong to the prefix. */
function maskOf(prefixBits: number, index: number): number {
  const bits = Math.min(8, Math.max(0, prefixBits - index * 8));
  return (0xff00 >> bits) & 0xff;
}

/** 4 bytes for an IPv4 address that is written as IPv6. */
function unmapped(address: readonly number[]): readonly number[] {
  const mapped = address.length === 16 && address.slice(0, 10).every((byte) => byte === 0);
  return mapped && address[10] === 0xff && address[11] === 0xff ? address.slice(12) : address;
}

function parseAddress(text: string): number[] | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): number[] | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  const parts = match?.slice(1) ?? [];
  const valid = parts.every((part) => String(Number(part)) === part && Number(part) < 256);
  return match !== null && valid ? parts.map(Number) : undefined;
}

function parseIpv6(text: string): number[] | undefined {
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return undefined;
  const first = parseGroups(head, tail === undefined);
  if (tail === undefined) return first?.length === 16 ? first : undefined;
  const last = parseGroups(tail, true);
  // The ellipsis stands for at least one group.
  if (first === undefined || last === undefined || first.length + last.length > 14)
    return undefined;
  return [...first, ...Array<number>(16 - first.length - last.length).fill(0), ...last];
}

/** Groups of 16 bits; the last one may be an IPv4 address. */
function parseGroups(text: string, last: boolean): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [index, group] of groups.entries()) {
    const ipv4 = last && index === groups.length - 1 && group.includes('.');
    const parsed = ipv4 ? parseIpv4(group) : parseGroup(group);
    if (parsed === undefined) return undefined;
    bytes.push(...parsed);
  }
  return bytes;
}

function parseGroup(group: string): number[] | undefined {
  if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
  const value = Number.parseInt(group, 16);
  return [value >> 8, value & 0xff];
}
