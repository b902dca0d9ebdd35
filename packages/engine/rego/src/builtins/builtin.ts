import type { FunctionType } from '../types/type.ts';
import type { Value } from '../value/value.ts';

export { BuiltinFault } from './builtin-fault.ts';

/** What a built-in may use of the outside: everything comes from the caller of the evaluation. */
export interface BuiltinContext {
  /** Nanoseconds since 1970, the same during one evaluation. Throws BuiltinFault when the caller gave no time. */
  nowNs(): bigint;
  /** Random bytes from the caller. */
  randomBytes(count: number): Uint8Array;
  /** Values that live as long as one evaluation: results of non-deterministic built-ins by name and arguments. */
  readonly memo: Map<string, unknown>;
  /** Counts `cost` steps (about one per element touched) against the budget; throws when it is spent, timed out or cancelled. */
  spend(cost: number): void;
  /** What the caller turned on. Missing members are off: the built-in then faults. */
  readonly outside: OutsideWorld;
}

/** Doors to the outside that are shut unless the caller opens them. All are synchronous. */
export interface OutsideWorld {
  /** Performs the request object of `http.send` and gives its response object. The engine has checked `allowNet`. */
  readonly httpSend?: (request: Value) => Value;
  /** Hosts that `http.send` and `net.lookup_ip_addr` may reach; undefined: none. `*` is any. */
  readonly allowNet?: readonly string[];
  readonly lookupIpAddress?: (name: string) => readonly string[];
  /** Renders a Go template with the members of `values`, for `strings.render_template`. Throws an Error with Go's wording. */
  readonly renderTemplate?: (template: string, values: Value) => string;
  /** What `opa.runtime()` gives. */
  readonly runtime?: Value;
}

export interface Builtin {
  /** `json.unmarshal`. */
  readonly name: string;
  /** `+`, `==`: how it is written between operands. */
  readonly infix?: string;
  readonly type: FunctionType;
  /** v1 refuses it. */
  readonly deprecated?: boolean;
  /** Its result may differ between evaluations with equal arguments. */
  readonly nondeterministic?: boolean;
  /** Gives many results (`walk`): `evaluate` returns an array of them. */
  readonly relation?: boolean;
  /** One-line summary and arguments' names, for documentation. */
  readonly description?: string;
  /**
   * Arguments as many as `type.args`, checked for nothing. Undefined: the call is undefined. Throws BuiltinFault.
   * Missing where the compiler replaces calls (`eq`, `assign`, `internal.print`, `rego.metadata.rule`).
   */
  readonly evaluate?: (context: BuiltinContext, ...args: readonly Value[]) => Value | undefined;
}
