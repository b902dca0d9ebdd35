export { type FormatOptions, formatModule, formatText } from './format.ts';
export { formatBody, formatExpr, formatTerm } from './format-term.ts';
export { annotationsToJson, type ModuleJsonOptions, moduleToJson } from './json.ts';
export {
  MAX_MODULE_LENGTH,
  type ParseModuleOptions,
  type ParseQueryOptions,
  parseModule,
  parseQuery,
  parseTerm,
} from './parser.ts';
