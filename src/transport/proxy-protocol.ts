/**
 * The header that a proxy puts in front of a connection to say whom it comes from (PROXY protocol,
 * versions 1 and 2), judged as nats-server judges it. Pure and incremental: fed with bytes as they
 * come, it keeps at most a line of version 1 or the addresses of version 2; what follows them in a
 * header of version 2 is skipped, not kept.
 *
 * The first six bytes decide: `PROXY `, the beginning of version 2's signature, or no header at all;
 * then every byte belongs to the client. Bytes behind a header are given back as they are.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { goQuote } from '../base/go-quote.ts';

export interface ProxySource {
  /** As Go prints it. */
  readonly address: string;
  readonly port: number;
}

export interface ProxyHeader {
  /** A header was there. */
  readonly found: boolean;
  /** Whom the connection comes from; undefined without a header, or when the proxy does not say. */
  readonly source: ProxySource | undefined;
  /** Bytes that are not the header's. */
  readonly rest: Buffer;
}

/** A header that cannot be honoured; the text is nats-server's. */
export class ProxyProtocolError extends Error {
  readonly code = 'ERR_PROXY_PROTOCOL';

  constructor(message: string) {
    super(message);
    this.name = 'ProxyProtocolError';
  }
}

const prefix = Buffer.from('PROXY ', 'latin1');
const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
/** Of version 1, with the line end. */
const lineMax = 107;
/** Of version 2: signature, version and command, family and protocol, length. */
const fixedSize = 16;
const ipv4Size = 12;
const ipv6Size = 36;

const invalid = (text: string) => new ProxyProtocolError(`invalid PROXY protocol header: ${text}`);
const unsupported = (text: string) =>
  new ProxyProtocolError(`unsupported PROXY protocol feature: ${text}`);

/** What is being read, as errors name it. */
type Stage =
  | 'read protocol version'
  | 'read v1 line'
  | 'read v2 signature'
  | 'read v2 header'
  | 'read IPv4 address data'
  | 'read IPv6 address data'
  | 'discard LOCAL command address data'
  | 'discard UNSPEC address address data';

/** What follows the fixed part of version 2. */
interface Addresses {
  readonly stage: Stage;
  /** Bytes that count: 0, or the addresses of the family. */
  readonly size: number;
  /** Bytes behind them that do not. */
  skip: number;
}

export class ProxyHeaderReader {
  private kept: Buffer = Buffer.alloc(0);
  private stage: Stage = 'read protocol version';
  /** Where the stage began among the kept bytes. */
  private stageStart = 0;
  private addresses: Addresses | undefined;

  /** The first bytes have come: it is known whether there is a header. */
  get decided(): boolean {
    return this.stage !== 'read protocol version';
  }

  /** Takes the next bytes; undefined: more are needed. Throws ProxyProtocolError. */
  feed(chunk: Buffer): ProxyHeader | undefined {
    if (this.addresses !== undefined) return this.feedAddresses(this.addresses, chunk);
    const bytes = this.kept.length === 0 ? chunk : Buffer.concat([this.kept, chunk]);
    if (this.stage === 'read protocol version' && bytes.length >= prefix.length) {
      if (startsWith(bytes, prefix)) this.enter('read v1 line');
      else if (startsWith(bytes, signature.subarray(0, prefix.length))) {
        this.enter('read v2 signature');
      } else return { found: false, source: undefined, rest: bytes };
    }
    if (this.stage === 'read v1 line') return this.readLine(bytes);
    return this.readFixed(bytes);
  }

  /** What to say when the bytes ended or did not come in time, with the reason as Go names it. */
  failure(reason: string): ProxyProtocolError {
    const all = reason === 'EOF' && this.readsAll() ? 'unexpected EOF' : reason;
    return new ProxyProtocolError(`failed to ${this.stage}: ${all}`);
  }

  /** Go tells an end in the middle of what it wanted whole from one before it. */
  private readsAll(): boolean {
    if (this.stage === 'read v1 line' || this.stage.startsWith('discard')) return false;
    return this.kept.length > this.stageStart;
  }

  private enter(stage: Stage, start: number = prefix.length): void {
    this.stage = stage;
    this.stageStart = start;
  }

  private keep(bytes: Buffer): undefined {
    // A copy: what was fed may be a window on something large.
    this.kept = Buffer.from(bytes);
  }

  private readLine(bytes: Buffer): ProxyHeader | undefined {
    const end = bytes.subarray(0, lineMax).indexOf('\r\n', prefix.length, 'latin1');
    if (end >= 0) {
      const source = parseLine(bytes.subarray(prefix.length, end).toString('utf8'));
      return { found: true, source, rest: bytes.subarray(end + 2) };
    }
    if (bytes.length >= lineMax) throw invalid('v1 line too long');
    return this.keep(bytes);
  }

  private readFixed(bytes: Buffer): ProxyHeader | undefined {
    if (bytes.length >= signature.length && this.stage === 'read v2 signature') {
      if (!startsWith(bytes, signature)) throw invalid('invalid signature');
      this.enter('read v2 header', signature.length);
    }
    if (bytes.length < fixedSize) return this.keep(bytes);
    this.addresses = judgeFixed(bytes);
    this.enter(this.addresses.stage, 0);
    this.kept = Buffer.alloc(0);
    return this.feedAddresses(this.addresses, bytes.subarray(fixedSize));
  }

  private feedAddresses(addresses: Addresses, chunk: Buffer): ProxyHeader | undefined {
    const wanted = addresses.size - this.kept.length;
    this.kept = Buffer.concat([this.kept, chunk.subarray(0, wanted)]);
    const skipped = Math.min(addresses.skip, Math.max(0, chunk.length - wanted));
    addresses.skip -= skipped;
    if (this.kept.length < addresses.size || addresses.skip > 0) return undefined;
    const source = addresses.size === 0 ? undefined : readSource(this.kept);
    return { found: true, source, rest: chunk.subarray(wanted + skipped) };
  }
}

function startsWith(bytes: Buffer, start: Buffer): boolean {
  return bytes.subarray(0, start.length).equals(start);
}

function judgeFixed(bytes: Buffer): Addresses {
  const versionAndCommand = bytes[12] as number;
  const version = versionAndCommand & 0xf0;
  const command = versionAndCommand & 0x0f;
  const family = (bytes[13] as number) & 0xf0;
  const length = bytes.readUInt16BE(14);
  if (version !== 0x20) throw invalid(`invalid version ${hexByte(version)}`);
  if (command === 0) return { stage: 'discard LOCAL command address data', size: 0, skip: length };
  if (command !== 1) {
    throw new ProxyProtocolError(`unknown PROXY protocol command: ${hexByte(command)}`);
  }
  if (((bytes[13] as number) & 0x0f) !== 1) throw unsupported('only STREAM protocol supported');
  if (family === 0) return { stage: 'discard UNSPEC address address data', size: 0, skip: length };
  if (family === 0x10) return addressesOf('IPv4', ipv4Size, length);
  if (family === 0x20) return addressesOf('IPv6', ipv6Size, length);
  throw unsupported(`unsupported address family ${hexByte(family)}`);
}

function addressesOf(family: 'IPv4' | 'IPv6', size: number, length: number): Addresses {
  if (length < size) {
    throw new ProxyProtocolError(`${family} address data too short: ${length} bytes`);
  }
  return { stage: `read ${family} address data`, size, skip: length - size };
}

function hexByte(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`;
}

/** Source address, destination address, source port, destination port. */
function readSource(bytes: Buffer): ProxySource {
  const size = bytes.length === ipv4Size ? 4 : 16;
  const address = bytes.subarray(0, size);
  const text =
    size === 4
      ? address.join('.')
      : canonicalIpv6(address.toString('hex').match(/.{4}/g)!.join(':'));
  return { address: text, port: bytes.readUInt16BE(2 * size) };
}

/** Shortened as usual; what is an IPv4 address inside is printed as one. */
function canonicalIpv6(text: string): string {
  const short = new URL(`http://[${text}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short);
  if (mapped === null) return short;
  const [high = 0, low = 0] = mapped.slice(1).map((group) => Number.parseInt(group, 16));
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}

/** What Go takes for white space. */
const blanks = /[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

/** The line behind `PROXY `, without its end. */
function parseLine(line: string): ProxySource | undefined {
  const fields = line.split(blanks).filter((field) => field !== '');
  if (fields[0] === 'UNKNOWN') return undefined;
  const [protocol, from, to, fromPort, toPort] = fields;
  if (fields.length !== 5 || !protocol || !from || !to || !fromPort || !toPort) {
    throw invalid('invalid v1 format');
  }
  const address = parseAddress(from);
  if (address === undefined || parseAddress(to) === undefined) throw invalid('invalid address');
  const port = parsePort(fromPort, 'source');
  parsePort(toPort, 'dest');
  const v6 = [from, to].filter((one) => one.includes(':')).length;
  if (protocol === 'TCP4' && v6 > 0) throw invalid('TCP4 with IPv6 address');
  if (protocol === 'TCP6' && v6 < 2) throw invalid('TCP6 with IPv4 address');
  if (protocol !== 'TCP4' && protocol !== 'TCP6') throw invalid(`invalid protocol ${protocol}`);
  return { address, port };
}

function parseAddress(text: string): string | undefined {
  if (isIPv4(text)) return text;
  return isIPv6(text) && !text.includes('%') ? canonicalIpv6(text) : undefined;
}

function parsePort(text: string, which: 'source' | 'dest'): number {
  const problem = (reason: string) =>
    new ProxyProtocolError(
      `invalid ${which} port: strconv.ParseUint: parsing ${goQuote(text)}: ${reason}`,
    );
  if (!/^[0-9]+$/.test(text)) throw problem('invalid syntax');
  const port = Number(text);
  if (port > 0xffff) throw problem('value out of range');
  return port;
}
