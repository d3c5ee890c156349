import { languageCases, languageSurroundings } from './language-cases.mjs';

/** What stands around a case's file, by the name in its `surroundings`. */
export const surroundings = { language: languageSurroundings };

/** Every configuration file of the corpus: `{ name, text, surroundings? }`. */
export function allCases() {
  return [...languageCases()];
}
