/** Splits what a server sent into protocol frames, payloads included. Text is latin1 of the bytes. */

export interface Frames {
  frames: string[];
  /** Bytes of an unfinished frame. */
  rest: string;
}

function payloadSize(line: string): number {
  if (!/^H?MSG[ \t]/.test(line)) return -1;
  return Number(
    line
      .trimEnd()
      .split(/[ \t]+/)
      .at(-1),
  );
}

/** Frames are control lines with their CRLF; MSG and HMSG include payload and trailing CRLF. */
export function splitFrames(text: string): Frames {
  const frames: string[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = text.indexOf('\n', at);
    if (lineEnd < 0) break;
    let end = lineEnd + 1;
    const size = payloadSize(text.slice(at, end));
    if (size >= 0) end += size + 2;
    if (end > text.length) break;
    frames.push(text.slice(at, end));
    at = end;
  }
  return { frames, rest: text.slice(at) };
}
