/**
 * Where streams that are not sockets deliver: the bytes of a read start at `headroom`, at most
 * `capacity` of them. The process-wide one is made by the transport layer, above this one.
 */
export interface ReadTarget {
  readonly buffer: Buffer;
  readonly headroom: number;
  readonly capacity: number;
}
