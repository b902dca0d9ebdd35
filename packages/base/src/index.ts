export { type BackoffOptions, backoffMs, withJitter } from './backoff.ts';
export { type Clock, systemClock } from './clock.ts';
export { type Defined, defined } from './defined.ts';
export { type Diagnostic, formatDiagnostic, formatOrigin, type Origin } from './diagnostic.ts';
export { isSekishoError, messageOf, SekishoError, type SekishoErrorOptions } from './error.ts';
export { createFieldReader, type FieldReader, type FieldReaderOptions } from './field-reader.ts';
export { type Glob, parseGlob } from './glob.ts';
export { isPrintable, quoteGo } from './go-quote.ts';
export {
  type CivilTime,
  civilAt,
  daysInMonth,
  instantOf,
  MONTHS,
  secondOf,
  weekdayOf,
  yearDayOf,
} from './go-time/civil-time.ts';
export { formatTime, LAYOUTS } from './go-time/layout.ts';
export { type ParsedTime, parseTime, parseZonedTime, TimeParseError } from './go-time/parse.ts';
export { findZone, UTC, type Zone } from './go-time/time-zone.ts';
export { type Logger, silentLogger } from './log.ts';
export { createLru, type Lru, type LruOptions } from './lru.ts';
export { type MapConcurrentOptions, mapConcurrent } from './map-concurrent.ts';
export { createMultimap, type Multimap } from './multimap.ts';
export { redact, redactUrl } from './redact.ts';
export { type RetryOptions, retry } from './retry.ts';
export { type SleepOptions, sleep } from './sleep.ts';
export { escapeXml } from './xml.ts';
export { type ComposedDocument, compose as composeYaml, NestingTooDeep } from './yaml/compose.ts';
export {
  parseYamlDocuments,
  parseYamlGradually,
  splitDocuments as splitYamlDocuments,
  type YamlDocument,
  type YamlOptions,
  type YamlResult,
} from './yaml/documents.ts';
export { createLineIndex, type Position } from './yaml/line-index.ts';
export { type PlainMaker, readPlainDocument as readPlainYaml } from './yaml/plain-reader.ts';
export { resolvePlain as resolvePlainScalar } from './yaml/scalar.ts';
export { type StringifyOptions, stringifyYaml } from './yaml/stringify.ts';
