/** URLs of options are read as Go reads them. */
export * from '../base/go-url.ts';
