/**
 * Hot: the published message that is being processed, as offsets into the buffer it arrived in.
 * One record is reused for every message (run to completion: nobody keeps it), so that the parser
 * allocates nothing. All slices are dead when the handler returns.
 */
export class InboundMsg {
  buffer: Buffer = Buffer.alloc(0);
  view: DataView = new DataView(new ArrayBuffer(0));
  /** Where `buffer` lies in the arena, -1 outside. */
  base = -1;
  subjectStart = 0;
  subjectEnd = 0;
  /** replyStart === replyEnd: no reply subject. */
  replyStart = 0;
  replyEnd = 0;
  /** Bytes of the header block, -1 for PUB. */
  headerSize = -1;
  /** Header and payload, without the final CRLF. */
  size = 0;
  /** The size arguments as they were written: `5`, or for HPUB `12 17`. */
  sizesStart = 0;
  sizesEnd = 0;
  /**
   * Where the run begins that a MSG line shares with this line: everything after the subject's
   * single space up to the final CRLF; -1 when the line was not canonical.
   */
  tailStart = -1;
  payloadStart = 0;
  /** Behind the final CRLF. */
  end = 0;
  /** Where the bytes end that had arrived with the control line of an HPUB. */
  arrivedEnd = 0;

  subject(): string {
    return this.buffer.latin1Slice(this.subjectStart, this.subjectEnd);
  }

  reply(): string {
    return this.buffer.latin1Slice(this.replyStart, this.replyEnd);
  }

  get hasReply(): boolean {
    return this.replyEnd > this.replyStart;
  }
}
