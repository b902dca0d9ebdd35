export type { MessageTypes } from './compile/compile.ts';
export type { CelDiagnostic } from './diagnostic.ts';
export {
  type AuthorizationAnswer,
  type AuthorizationAttributes,
  type Authorize,
  createAuthorizer,
  createResourceCheck,
} from './library/authorizer.ts';
export { globalFunction, method, type Overload } from './library/function.ts';
export {
  type CelCompilation,
  type CelFaultCode,
  type CelOptions,
  type CelProgram,
  type CelResult,
  compileCel,
  DEFAULT_COST_LIMIT,
} from './program.ts';
export { CelFault } from './runtime/fault.ts';
export { isEqual } from './value/compare.ts';
export { type ComputedKeys, ComputedMap, computedKeys } from './value/computed-map.ts';
export { fromJson, toJson } from './value/json.ts';
export { kindOf } from './value/kind.ts';
export { EntryMap, mapKey } from './value/map.ts';
export { CelMessage } from './value/message.ts';
export { CelOpaque } from './value/opaque.ts';
export { Duration, parseDuration, parseTimestamp, Timestamp } from './value/time.ts';
export { CelType } from './value/type.ts';
export { Uint } from './value/uint.ts';
export type { CelValue } from './value/value.ts';
export { CelMap, type MapKey, NONE, Optional } from './value/value.ts';
export { type JsonPath, watchedJson } from './value/watched-json.ts';
