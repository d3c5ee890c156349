/** The bundled program text of a worker thread; see scripts/bundle.mjs. */
declare module 'worker:*' {
  const source: string;
  export default source;
}
declare module '*.html' {
  const text: string;
  export default text;
}
/** The project's folder; defined in tests only. */
declare const __PROJECT_ROOT__: string;
/** Fast forms that every Node version has and the types leave out. */
interface Buffer {
  latin1Slice(start?: number, end?: number): string;
  utf8Slice(start?: number, end?: number): string;
  latin1Write(text: string, offset?: number, length?: number): number;
}
/** The part of WebAssembly that the arena uses; Node's types leave it to the DOM's. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module);
    readonly exports: Record<string, unknown>;
  }
  interface Memory {
    readonly buffer: ArrayBuffer;
  }
}
