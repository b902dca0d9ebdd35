export { formatBody, formatExpr, formatTerm } from './format-term.ts';
export {
  MAX_MODULE_LENGTH,
  type ParseModuleOptions,
  type ParseQueryOptions,
  parseModule,
  parseQuery,
  parseTerm,
} from './parser.ts';
export { annotationsToJson, type ModuleJsonOptions, moduleToJson } from './json.ts';
export { type FormatOptions, formatModule, formatText } from './format.ts';
