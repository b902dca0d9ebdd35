import type { Location } from './syntax/location.ts';

/** As OPA names them. */
export type RegoFaultCode =
  | 'rego_parse_error'
  | 'rego_compile_error'
  | 'rego_type_error'
  | 'rego_unsafe_var_error'
  | 'rego_recursion_error';

/** A fault in a module or query: returned, never thrown; all of the first stage that finds any. */
export interface RegoFault {
  readonly code: RegoFaultCode;
  /** As OPA words it. May have further lines (`\n\thave: …`). */
  readonly message: string;
  readonly location: Location | undefined;
}
