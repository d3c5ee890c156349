import type { OptionRow } from './option-row.ts';
import { ConfigError } from './parse-context.ts';
import { asBool } from './readers.ts';
import { factsOf, intRow, sizeRow, stringRow } from './row-makers.ts';
import type { Options } from './types.ts';

type TracedField = 'debug' | 'trace' | 'traceVerbose' | 'traceHeaders' | 'logtime' | 'logtimeUtc';

const goNames: Record<TracedField | 'syslog', string> = {
  debug: 'Debug',
  trace: 'Trace',
  traceVerbose: 'TraceVerbose',
  traceHeaders: 'TraceHeaders',
  logtime: 'Logtime',
  logtimeUtc: 'LogtimeUTC',
  syslog: 'Syslog',
};

const shownBy: Record<TracedField | 'syslog', string> = {
  debug: 'test/options/behaviour.test.ts: debug: the log',
  trace: 'test/options/behaviour.test.ts: trace, trace_headers',
  traceVerbose: 'test/options/behaviour.test.ts: trace_verbose switches',
  traceHeaders: 'test/options/behaviour.test.ts: trace, trace_headers',
  logtime: 'src/platform/log.test.ts: a text line has the form',
  logtimeUtc: 'src/platform/log.test.ts: local time is the default and logtime_utc',
  syslog: 'src/platform/log.test.ts: syslog failures',
};

/** A boolean of which a reload must know whether the file set it. */
function explicitRow(
  key: string,
  field: TracedField | 'syslog',
  doc: string,
  byDefault = 'false',
  flags: readonly string[] = [],
): OptionRow<Options> {
  return {
    keys: [key],
    shape: 'boolean',
    ...factsOf({ doc, byDefault, reload: 'hot', flags, fields: [field], shownBy: shownBy[field] }),
    read: (_context, node, options) => {
      const value = asBool(node);
      options[field] = value;
      options.inConfig[goNames[field]] = value;
      if (field !== 'traceVerbose' && field !== 'traceHeaders') return;
      options.trace = value;
      options.inConfig[goNames.trace] = value;
    },
  };
}

/** What is logged, how, and where. */
export const loggingRows: OptionRow<Options>[] = [
  explicitRow('debug', 'debug', 'Log what the server does in detail.', 'false', ['D', 'debug']),
  explicitRow('trace', 'trace', 'Log every protocol operation.', 'false', ['V', 'trace']),
  explicitRow('trace_verbose', 'traceVerbose', 'As trace, with the system account.', 'false', [
    'VV',
  ]),
  explicitRow('trace_headers', 'traceHeaders', 'As trace, of messages only the headers.'),
  explicitRow('logtime', 'logtime', 'Time stamps on log lines.', 'true', ['T', 'logtime']),
  explicitRow('logtime_utc', 'logtimeUtc', 'Time stamps in UTC.', 'false', ['logtime_utc']),
  {
    keys: ['log_format'],
    shape: { values: ['text', 'json'] },
    ...factsOf({
      doc: "Form of log lines: nats-server's text, or a JSON object per line. Of tnatsd, not of nats-server.",
      byDefault: 'text',
      reload: 'hot',
      fields: ['logFormat'],
      shownBy: 'src/platform/log.test.ts: json lines hold',
    }),
    read: (_context, node, options) => {
      if (node.value !== 'text' && node.value !== 'json') {
        throw new ConfigError(node, "log_format must be 'text' or 'json'");
      }
      options.logFormat = node.value;
    },
  },
  stringRow(
    ['log_file', 'logfile'],
    {
      doc: 'File to which log lines are written.',
      byDefault: 'standard error',
      reload: 'hot',
      flags: ['l', 'log'],
      fields: ['logFile'],
      shownBy: 'src/platform/log.test.ts: a log file is appended to',
    },
    (options, value) => {
      options.logFile = value;
    },
  ),
  sizeRow(
    ['log_size_limit', 'logfile_size_limit'],
    {
      doc: 'Size at which the log file is rotated.',
      byDefault: 'unlimited',
      reload: 'refused',
      flags: ['log_size_limit'],
      fields: ['logSizeLimit'],
      shownBy: 'src/platform/log.test.ts: a log rotates past its limit',
    },
    (options, value) => {
      options.logSizeLimit = value;
    },
  ),
  sizeRow(
    ['log_max_num', 'logfile_max_num'],
    {
      doc: 'How many rotated log files are kept.',
      byDefault: 'all',
      reload: 'refused',
      fields: ['logMaxFiles'],
      shownBy: 'src/platform/log.test.ts: a log rotates past its limit',
    },
    (options, value) => {
      options.logMaxFiles = value;
    },
  ),
  explicitRow('syslog', 'syslog', 'Log to the system log.', 'false', ['s', 'syslog']),
  stringRow(
    ['remote_syslog'],
    {
      doc: 'Log to a syslog server, e.g. udp://localhost:514.',
      reload: 'hot',
      flags: ['r', 'remote_syslog'],
      fields: ['remoteSyslog'],
      shownBy: 'src/platform/log.test.ts: udp syslog lines',
    },
    (options, value) => {
      options.remoteSyslog = value;
    },
  ),
  intRow(
    ['max_traced_msg_len'],
    {
      doc: 'How many bytes of a payload a trace line shows.',
      byDefault: 'unlimited',
      reload: 'hot',
      flags: ['max_traced_msg_len'],
      fields: ['maxTracedMsgLen'],
      shownBy: 'test/options/behaviour.test.ts: trace, trace_headers',
    },
    (options, value) => {
      options.maxTracedMsgLen = value;
    },
  ),
  stringRow(
    ['pid_file', 'pidfile'],
    {
      doc: 'File to which the process id is written.',
      reload: 'hot',
      flags: ['P', 'pid'],
      fields: ['pidFile'],
      shownBy: 'src/platform/run-files.test.ts: the pid file holds',
    },
    (options, value) => {
      options.pidFile = value;
    },
  ),
  stringRow(
    ['ports_file_dir'],
    {
      doc: 'Folder in which a file names the ports listened on.',
      reload: 'hot',
      flags: ['ports_file_dir'],
      fields: ['portsFileDir'],
      shownBy: 'src/platform/run-files.test.ts: the ports file holds',
    },
    (options, value) => {
      options.portsFileDir = value;
    },
  ),
  intRow(
    ['connect_error_reports'],
    {
      doc: 'Every how many failed first connects to another server are logged.',
      byDefault: '3600',
      reload: 'hot',
      fields: ['connectErrorReports'],
      shownBy: 'inactive',
    },
    (options, value) => {
      options.connectErrorReports = value;
    },
  ),
  intRow(
    ['reconnect_error_reports'],
    {
      doc: 'Every how many failed reconnects to another server are logged.',
      byDefault: '1',
      reload: 'hot',
      fields: ['reconnectErrorReports'],
      shownBy: 'inactive',
    },
    (options, value) => {
      options.reconnectErrorReports = value;
    },
  ),
];
