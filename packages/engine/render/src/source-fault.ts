import type { Diagnostic } from '@sekisho/base';

/** A fault that is found while a tool works: it passes through the tool, and is returned as its diagnostic. */
export class SourceFault extends Error {
  readonly diagnostic: Diagnostic;

  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message);
    this.diagnostic = diagnostic;
  }
}
