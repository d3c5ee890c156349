/**
 * Hot: one block of memory that WebAssembly can copy and unmask inside. Node 20 has no fast copy for short runs
 * of bytes: 136 bytes cost 100 ns with `Buffer.copy`, 65 ns with a DataView loop and 12 ns with the
 * 16-bytes-at-a-time loop below, call included (8 ns at 20 bytes; from 2 KiB `Buffer.copy` wins).
 * So the read area and the outbound buffers live here, and deliveries copy between them.
 *
 * The memory never grows (growing would detach every Buffer on it) and its pages cost nothing before
 * they are touched. Where there is no WebAssembly (`--jitless`), or when the block is used up, callers
 * fall back to memory of their own: `allocate` says so.
 *
 * The module, as text:
 *
 *     (module (memory (export "m") 512 512)
 *       (func (export "c") (param $to i32) (param $from i32) (param $n i32) (local $end i32)
 *         (local.set $end (i32.add (local.get $from) (local.get $n)))
 *         (loop
 *           (v128.store (local.get $to) (v128.load (local.get $from)))
 *           (local.set $to (i32.add (local.get $to) (i32.const 16)))
 *           (br_if 0 (i32.lt_u
 *             (local.tee $from (i32.add (local.get $from) (i32.const 16))) (local.get $end)))))
 *       (func (export "x") (param $to i32) (param $from i32) (param $n i32) (param $key i32)
 *         ;; the same with `v128.xor (i32x4.splat $key)`, then what is left of $n 4 bytes and 1 byte
 *         ;; at a time, turning $key: writes nothing past the end
 *       ))
 */

/** `copy` may read and write this many bytes past the end: keep them free behind every range. */
export const arenaSlack = 16;

/** From this length on `Buffer.copy` is faster. */
export const arenaCopyMax = 2048;

const pages = 512;
const pageBytes = 64 * 1024;

const moduleHex = [
  '0061736d01000000', // magic, version
  '010e0260037f7f7f0060047f7f7f7f00', // types: (i32, i32, i32) → (), (i32, i32, i32, i32) → ()
  '0303020001', // function 0 has type 0, function 1 type 1
  '0506010180048004', // memory: min 512, max 512 pages
  '070d03016d02000163000001780001', // exports m, c, x
  '0add0102', // code: two bodies
  '2d01017f', // c: 45 bytes, one i32 local
  '200120026a21030340', // end = from + n; loop
  '20002001fd000000fd0b0000', // v128 load and store
  '200041106a2100', // to += 16
  '200141106a2201', // from += 16
  '2003490d000b0b', // while from < end
  'ac0102017f017b', // x: 172 bytes, locals: end, pattern
  '2003fd112105', // pattern = splat(key)
  '200120024170716a2104', // end = from + (n & -16)
  '20012004490440', // if from < end
  '034020002001fd0000002005fd51fd0b0000', // loop: v128 load, xor, store
  '200041106a2100', // to += 16
  '200141106a22012004490d000b0b', // from += 16; while from < end
  '20042002410f716a2104', // end += n & 15
  '02400340200420016b4104490d01', // while end - from >= 4
  '20002001280000200373360000200041046a2100', // i32 load, xor, store; to += 4
  '200141046a21010c000b0b', // from += 4
  '02400340200120044f0d01', // while from < end
  '200020012d00002003733a0000', // byte load, xor, store
  '20034108782103', // key = rotr(key, 8)
  '200041016a2100200141016a21010c000b0b', // to += 1, from += 1
  '0b',
].join('');

type CopyFunction = (to: number, from: number, length: number) => void;
type UnmaskFunction = (to: number, from: number, length: number, key: number) => void;

interface Instance {
  readonly memory: ArrayBuffer;
  readonly copy: CopyFunction;
  readonly unmask: UnmaskFunction;
}

function instantiate(): Instance | undefined {
  if (typeof WebAssembly === 'undefined') return undefined;
  try {
    const module = new WebAssembly.Module(Buffer.from(moduleHex, 'hex'));
    const { m, c, x } = new WebAssembly.Instance(module).exports;
    return {
      memory: (m as WebAssembly.Memory).buffer,
      copy: c as CopyFunction,
      unmask: x as UnmaskFunction,
    };
  } catch {
    // No SIMD, or no room for the memory.
    return undefined;
  }
}

const instance = instantiate();
const used = { bytes: 0 };

/** Copies inside the arena: offsets are absolute. Callers check that both ranges lie in it. */
export const arenaCopy: CopyFunction =
  instance?.copy ??
  (() => {
    throw new Error('there is no arena');
  });

/**
 * Copies inside the arena, each 4 bytes xored with `key` (its low byte first). Exact: touches nothing
 * behind the ranges, which may overlap when `to` is not behind `from`.
 */
export const arenaUnmask: UnmaskFunction | undefined = instance?.unmask;

/** Where a Buffer lies in the arena; -1 outside. */
export function arenaOffset(buffer: Buffer): number {
  return buffer.buffer === instance?.memory ? buffer.byteOffset : -1;
}

/** A piece of the arena, never given back: pool it. */
export interface ArenaPiece {
  readonly buffer: Buffer;
  /** Absolute offset for `arenaCopy`; -1 when the piece lies elsewhere. */
  readonly base: number;
}

/** `size` bytes; uninitialised, in the arena while there is room. */
export function allocate(size: number): ArenaPiece {
  const rounded = (size + 63) & ~63;
  if (instance === undefined || used.bytes + rounded > pages * pageBytes) {
    return { buffer: Buffer.allocUnsafeSlow(size), base: -1 };
  }
  const base = used.bytes;
  used.bytes += rounded;
  return { buffer: Buffer.from(instance.memory, base, size), base };
}
