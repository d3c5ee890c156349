import { blockCases, blockSurroundings } from './block-cases.mjs';
import { languageCases, languageSurroundings } from './language-cases.mjs';
import { optionCases } from './option-cases.mjs';

/** What stands around a case's file, by the name in its `surroundings`. */
export const surroundings = { language: languageSurroundings, blocks: blockSurroundings };

/** Every configuration file of the corpus: `{ name, text, surroundings? }`. */
export function allCases() {
  return [...languageCases(), ...optionCases(), ...blockCases()];
}
