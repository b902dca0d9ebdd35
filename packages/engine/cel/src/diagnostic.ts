/** What is wrong with an expression, and where. */
export interface CelDiagnostic {
  /** `CEL_SYNTAX`, `CEL_UNDECLARED` (a name), `CEL_UNKNOWN_FUNCTION`, `CEL_ARGUMENTS` (their number or types). */
  readonly code: 'CEL_SYNTAX' | 'CEL_UNDECLARED' | 'CEL_UNKNOWN_FUNCTION' | 'CEL_ARGUMENTS';
  readonly message: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
}
