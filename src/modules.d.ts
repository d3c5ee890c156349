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
