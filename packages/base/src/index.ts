export { type Clock, systemClock } from './clock.ts';
export { type Diagnostic, formatDiagnostic, formatOrigin, type Origin } from './diagnostic.ts';
export { isSekishoError, messageOf, SekishoError, type SekishoErrorOptions } from './error.ts';
export { type Logger, silentLogger } from './log.ts';
