import { parseGoUrl, UrlError } from './go-url.ts';
import type { Options, OptionUrl } from './types.ts';

/*
 * Flags over a file, as nats-server's MergeOptions does at a reload (the command line itself reads
 * its flags twice instead: before and after the file). Only what a flag set counts; a flag cannot
 * unset what the file says.
 */

/** The file's options with those of the flags on top; neither argument is changed. */
export function mergeOptions(fileOptions: Options, flagOptions: Options): Options {
  const merged: Options = { ...fileOptions, cluster: { ...fileOptions.cluster } };
  mergeClientFlags(merged, flagOptions);
  mergeLogFlags(merged, flagOptions);
  mergeClusterFlags(merged, flagOptions);
  if (flagOptions.jetstream.enabled) merged.jetstream = { ...merged.jetstream, enabled: true };
  merged.storeDir = flagOptions.storeDir || merged.storeDir;
  return merged;
}

function mergeClientFlags(merged: Options, flags: Options): void {
  merged.port = flags.port || merged.port;
  merged.host = flags.host || merged.host;
  merged.dontListen = flags.dontListen || merged.dontListen;
  merged.clientAdvertise = flags.clientAdvertise || merged.clientAdvertise;
  merged.username = flags.username || merged.username;
  merged.password = flags.password || merged.password;
  merged.authorization = flags.authorization || merged.authorization;
  merged.httpPort = flags.httpPort || merged.httpPort;
  merged.httpBasePath = flags.httpBasePath || merged.httpBasePath;
  merged.profPort = flags.profPort || merged.profPort;
}

function mergeLogFlags(merged: Options, flags: Options): void {
  merged.debug = flags.debug || merged.debug;
  merged.trace = flags.trace || merged.trace;
  merged.logtime = flags.logtime || merged.logtime;
  merged.logFile = flags.logFile || merged.logFile;
  merged.pidFile = flags.pidFile || merged.pidFile;
  merged.portsFileDir = flags.portsFileDir || merged.portsFileDir;
}

function mergeClusterFlags(merged: Options, flags: Options): void {
  const { cluster } = merged;
  cluster.listenStr = flags.cluster.listenStr || cluster.listenStr;
  cluster.noAdvertise = flags.cluster.noAdvertise || cluster.noAdvertise;
  cluster.connectRetries = flags.cluster.connectRetries || cluster.connectRetries;
  cluster.advertise = flags.cluster.advertise || cluster.advertise;
  if (flags.routesStr === '') return;
  merged.routes = routesFromText(flags.routesStr);
  merged.routesStr = flags.routesStr;
}

/** The URLs of a comma-separated list; what is no URL is left out. */
export function routesFromText(text: string): OptionUrl[] {
  return text.split(',').flatMap((one) => {
    try {
      return [parseGoUrl(one.trim())];
    } catch (error) {
      if (error instanceof UrlError) return [];
      throw error;
    }
  });
}
