/** A type as a value: what `type(x)` gives. */
export class CelType {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}
