/** An unsigned integer of 64 bits; a signed one is a plain `bigint`. */
export class Uint {
  readonly value: bigint;

  constructor(value: bigint) {
    this.value = value;
  }
}
