/**
 * A number that a machine number can't hold: integers beyond 2^53 and decimals whose text a double doesn't give back.
 * Made by `numberFromText` and arithmetic only; a value that fits is always a machine number, so that `===` compares those.
 */
export class BigNumber {
  /** Canonical decimal text, with an exponent only where it is needed to stay short. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A machine number where that is exact, else a {@link BigNumber}. Never NaN, Infinity or -0. */
export type NumberValue = number | BigNumber;
