import type { Diagnostic } from '@sekisho/base';

/** A fault of a chart or its values, with Helm's own text; caught at the doors of the package and returned as diagnostic. */
export class ChartFault extends Error {
  readonly code: string;
  readonly file: string;
  readonly line: number | undefined;
  readonly column: number | undefined;

  constructor(code: string, message: string, at: { file: string; line?: number; column?: number }) {
    super(message);
    this.code = code;
    this.file = at.file;
    this.line = at.line;
    this.column = at.column;
  }
}

export function diagnosticOf(fault: ChartFault): Diagnostic {
  const { code, message, file, line, column } = fault;
  return {
    code,
    severity: 'error',
    message,
    origin: { file, ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) },
  };
}
