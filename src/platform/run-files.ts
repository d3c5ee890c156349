import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { Disk } from './disk.ts';
import { goFileError } from './go-file-error.ts';
import type { Logger } from './logger.ts';

/*
 * The two files that tell others where a server runs. The pid file holds the number alone and stays
 * after the end, as nats-server's does. The ports file holds the URLs of every listener as JSON; test suites
 * poll for it, so it appears complete (written beside and renamed), and it goes at a clean stop.
 */

/** A listener, as the ports file shows it: `tls` chooses the scheme. */
export interface ListenerFacts {
  /** The address it is bound to; an unspecified one stands for every address of the machine. */
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

/** Absent listeners are left out of the file. */
export interface PortsFacts {
  readonly nats?: ListenerFacts | undefined;
  readonly monitoring?: ListenerFacts | undefined;
  readonly cluster?: ListenerFacts | undefined;
  readonly profile?: ListenerFacts | undefined;
  readonly websocket?: ListenerFacts | undefined;
}

/** Keys in file order, with the schemes without and with TLS. */
const schemes = {
  nats: ['nats', 'tls'],
  monitoring: ['http', 'https'],
  cluster: ['nats', 'tls'],
  profile: ['http', 'http'],
  websocket: ['ws', 'wss'],
} as const;

function machineAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((i) => i.address));
}

function hostPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function listenerUrls(scheme: string, { host, port }: ListenerFacts): string[] {
  const unspecified = host === '0.0.0.0' || host === '::' || host === '';
  const addresses = unspecified ? machineAddresses() : [host];
  return addresses.map((address) => `${scheme}://${hostPort(address, port)}`);
}

/** What the ports file says: URLs by kind, in the order and with the keys of nats-server. */
export function portsInfo(facts: PortsFacts): Record<string, string[]> {
  const info: Record<string, string[]> = {};
  for (const [kind, [plain, secure]] of Object.entries(schemes)) {
    const listener = facts[kind as keyof PortsFacts];
    if (listener !== undefined) info[kind] = listenerUrls(listener.tls ? secure : plain, listener);
  }
  return info;
}

/** The executable's name is part of the contract: never `node_…`. */
export function portsFilePath(folder: string, pid: number): string {
  return join(folder, `nats-server_${pid}.ports`);
}

/** Writes the ports file; a failure is logged and the server goes on. */
export async function writePortsFile(
  disk: Disk,
  path: string,
  facts: PortsFacts,
  logger: Logger,
): Promise<void> {
  const beside = `${path}.new`;
  try {
    await disk.writeFile(beside, JSON.stringify(portsInfo(facts)), 0o666);
    await disk.rename(beside, path);
  } catch (error) {
    logger.error(`Error writing ports file (${path}): ${goFileError('open', path, error)}`);
  }
}

/** Removes the ports file at a clean stop; a failure is logged. */
export async function removePortsFile(disk: Disk, path: string, logger: Logger): Promise<void> {
  try {
    await disk.unlink(path);
  } catch (error) {
    logger.error(`Error cleaning up ports file ${path}: ${goFileError('remove', path, error)}`);
  }
}

/** Writes the pid alone. Throws an Error whose message is the line to log as fatal. */
export function writePidFile(disk: Disk, path: string, pid: number): void {
  try {
    disk.writeFileSync(path, String(pid), 0o640);
  } catch (error) {
    throw new Error(`Could not write pidfile: ${goFileError('open', path, error)}`);
  }
}
