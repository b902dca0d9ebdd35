/** A value of a library: an address, a quantity, an authorizer. */
export abstract class CelOpaque {
  /** As `type()` names it, `net.IP`. */
  abstract readonly typeName: string;

  /** Whether `==` holds with another of the same type. */
  abstract equals(other: CelOpaque): boolean;

  /** What `toJson` and messages give. */
  abstract toString(): string;
}
