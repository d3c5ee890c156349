/** What Go's net/http answers to requests that never reach a handler. The connection ends behind it. */

export interface HttpRefusal {
  /** The whole answer. */
  readonly refusal: string;
}

export const plainRefusal = refuse('400 Bad Request', '');

export const refusals = {
  tooLarge: refuse('431 Request Header Fields Too Large', ''),
  transferEncoding: refuse('501 Not Implemented', '', 'Unsupported transfer encoding'),
  version: refuse('505 HTTP Version Not Supported', ': unsupported protocol version'),
  missingHost: refuse('400 Bad Request', ': missing required Host header'),
  malformedHost: refuse('400 Bad Request', ': malformed Host header'),
  headerName: refuse('400 Bad Request', ': invalid header name'),
} as const;

/** To a client that speaks HTTP where TLS is expected. */
export const plainHttpRefusal =
  'HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n';

function refuse(status: string, detail: string, body = status + detail): HttpRefusal {
  const head = `HTTP/1.1 ${status}${detail}\r\nContent-Type: text/plain; charset=utf-8\r\n`;
  return { refusal: `${head}Connection: close\r\n\r\n${body}` };
}
