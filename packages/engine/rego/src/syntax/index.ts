export { formatModule, formatText } from './format.ts';
export { formatExpr, formatTerm } from './format-term.ts';
export { moduleToJson } from './json.ts';
export { MAX_MODULE_LENGTH, parseModule, parseQuery, parseTerm } from './parser.ts';
