/** The first place where a text is no expression. Caught by `parseCel`, never seen outside. */
export class CelSyntaxError extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}
