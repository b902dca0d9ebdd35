/** Why an expression can't be expanded: without any value, and with the variable that it is about. */
export interface ExpansionFault {
  readonly code: 'SUBSTITUTE_SYNTAX' | 'SUBSTITUTE_UNDEFINED' | 'SUBSTITUTE_TOO_LARGE';
  /** A clause without a subject: what follows "in metadata.name ". */
  readonly message: string;
  readonly variable?: string;
  /** Of the expression's `$`, in UTF-16 units from the start of the text. */
  readonly offset: number;
}

/** Thrown inside of this package, where a text is parsed or expanded; the doors return what it carries. */
export class ExpansionError extends Error {
  readonly fault: ExpansionFault;

  constructor(fault: ExpansionFault) {
    super(fault.message);
    this.fault = fault;
  }
}
