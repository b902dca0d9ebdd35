/**
 * A built-in failed. Not an Error: it is thrown often, in inner loops, and a stack trace costs more than the built-in.
 * Evaluation turns it into undefined, or, with strict built-in errors, into a RegoEvaluationError.
 */
export class BuiltinFault {
  readonly code: 'eval_builtin_error' | 'eval_type_error';
  /** With the name of the built-in in front, as OPA words it: `to_number: operand 1 must be one of {…} but got array`. */
  readonly message: string;

  constructor(code: 'eval_builtin_error' | 'eval_type_error', message: string) {
    this.code = code;
    this.message = message;
  }
}
