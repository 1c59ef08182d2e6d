/** Text as Memori reads it: search tokens, passages, faults of encoding, the language by its letters, numerals, periods. Pure. */
export { indexTokens } from './index-tokens';
export { isHanCharacter, nameTokens } from './name-tokens';
export { editDistance } from './edit-distance';
export { foldLetters } from './fold-letters';
export { splitIdentifier } from './identifiers';
export { stemWord } from './stemming';
export { isStopWord } from './stop-words';
export { passagesOf, type Passage } from './passages';
export { type DocumentFormat } from './document-blocks';
export { type DocumentPassage, readDocument, type ReadDocument } from './document-passages';
export { characterCount, textFault } from './text-fault';
export { languageOf } from './language';
export { normaliseNumerals } from './numerals';
export { isTimeZone, localMoment, type LocalMoment } from './local-moment';
export { standingWishes, type StandingWish } from './standing-wishes';
export { TRAIT, traitsOf, traitsWanted } from './traits';
export { msToMidnight } from './calendar';
export { momentsOf, periodsIn, type Period } from './periods';
