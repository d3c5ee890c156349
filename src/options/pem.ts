/** A block of a PEM file: its label and its bytes. */
export interface PemBlock {
  readonly type: string;
  readonly der: Buffer;
  /** It has headers such as `Proc-Type: 4,ENCRYPTED`. */
  readonly hasHeaders: boolean;
}

const begin = /^-----BEGIN ([^\r\n]*?)-----[ \t\r]*$/;

/**
 * The blocks of a PEM text, as Go's encoding/pem finds them: a block starts and ends at the beginning
 * of a line, may have headers (`Key: value`), and is passed over when its text is no base64 or its
 * end has another label.
 */
export function pemBlocks(text: string): PemBlock[] {
  const lines = text.split('\n');
  const blocks: PemBlock[] = [];
  let at = 0;
  while (at < lines.length) {
    const type = begin.exec(lines[at] ?? '')?.[1];
    at++;
    if (type === undefined) continue;
    const end = lines.findIndex((line, index) => index >= at && line.startsWith('-----END '));
    if (end < 0) break;
    const label = (lines[end] ?? '').trimEnd();
    const hasHeaders = (lines[at] ?? '').includes(':');
    const der = label === `-----END ${type}-----` ? decode(lines.slice(at, end)) : undefined;
    if (der === undefined) continue;
    blocks.push({ type, der, hasHeaders });
    at = end + 1;
  }
  return blocks;
}

function decode(lines: readonly string[]): Buffer | undefined {
  const body = lines.findIndex((line) => !line.includes(':'));
  const base64 = lines
    .slice(Math.max(0, body))
    .join('')
    .replaceAll(/[ \t\r]/g, '');
  const whole = base64.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(base64);
  return whole ? Buffer.from(base64, 'base64') : undefined;
}
