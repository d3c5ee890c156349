import { errorText } from '../base/error-text.ts';
import { defaultOptions } from '../options/default-options.ts';
import { configJsonSchema } from '../options/json-schema.ts';
import { processConfigFile } from '../options/process-config.ts';
import { nodeConfigFiles } from '../platform/node-config-files.ts';
import { ProgramServer } from '../server/program-server.ts';
import { NodeNetwork } from '../transport/node-network.ts';
import { configure, type Outcome } from './configure.ts';
import { print } from './print.ts';
import { titleOf } from './redact.ts';
import { serve } from './serve.ts';
import { programName } from './version.ts';

type RunOutcome = Extract<Outcome, { kind: 'run' }>;

async function sendSignal(program: string, parameter: string): Promise<void> {
  const { machineProcesses, sendSignalCommand } = await import('./signal-command.ts');
  try {
    sendSignalCommand(parameter, machineProcesses);
  } catch (error) {
    print(2, `${program}: ${errorText(error)}\n`);
    process.exitCode = 1;
  }
}

async function run(program: string, outcome: RunOutcome): Promise<void> {
  print(2, outcome.warnings);
  await serve({
    program,
    options: outcome.options,
    reread: () => outcome.reread(),
    createServer: (context) =>
      new ProgramServer({ ...context, network: new NodeNetwork(), pid: process.pid }),
  });
}

/** The program: `args` are the words after its name. */
async function main(scriptPath: string | undefined, args: readonly string[]): Promise<void> {
  const program = programName(scriptPath);
  if (args[0] === 'mkpasswd') {
    const { mkpasswd } = await import('./mkpasswd.ts');
    process.exitCode = await mkpasswd(args.slice(1));
    return;
  }
  process.title = titleOf(program, args);
  const outcome = configure(args, {
    program,
    io: nodeConfigFiles,
    emptyOptions: defaultOptions,
    readConfigFile: (path, options) =>
      processConfigFile(path, nodeConfigFiles, options).warningText,
    jsonSchema: () => JSON.stringify(configJsonSchema(), null, 2),
  });
  if (outcome.kind === 'signal') return sendSignal(program, outcome.signal);
  if (outcome.kind === 'run') return run(program, outcome);
  print(1, outcome.stdout);
  print(2, outcome.stderr);
  process.exitCode = outcome.code;
}

void main(process.argv[1], process.argv.slice(2));
