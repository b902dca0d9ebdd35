export { evaluatePartially, type PartialOptions, type PartialResult } from './partial.ts';
