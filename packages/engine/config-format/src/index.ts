export type { ConfigDocument, ConfigPath } from './document.ts';
export { FORMAT_NAMES, type FormatName, formatOfPath, isFormatName } from './format.ts';
export { type ConfigParser, loadConfigParser, type ParseResult, parseConfig } from './parse-config.ts';
export type { ImportedFile, ParseLimits, ParseOptions } from './parse-task.ts';
