/** Stable codes of the errors of the configuration language. */
export type ConfErrorCode =
  | 'CONF_SYNTAX'
  | 'CONF_VALUE'
  | 'CONF_VARIABLE'
  | 'CONF_INCLUDE'
  | 'CONF_FILE'
  | 'CONF_LIMIT';

/**
 * A configuration that could not be read. `message` is what nats-server prints for the same file
 * (without its `nats-server: ` prefix); the place stands in `file`, `line` and `column`.
 */
export class ConfError extends Error {
  readonly code: ConfErrorCode;
  readonly file: string;
  readonly line: number;
  readonly column: number;

  constructor(code: ConfErrorCode, message: string, place: ConfPlace) {
    super(message);
    this.name = 'ConfError';
    this.code = code;
    this.file = place.file;
    this.line = place.line;
    this.column = place.column;
  }
}

/** Where something stands: line 1-based, column as in ConfNode. */
export interface ConfPlace {
  file: string;
  line: number;
  column: number;
}
