import { EntryMap } from './map.ts';
import type { CelValue } from './value.ts';

/** A value of a type that the caller declared: its fields are there, or not. */
export class CelMessage extends EntryMap {
  readonly typeName: string;

  constructor(typeName: string, fields: Iterable<readonly [string, CelValue]>) {
    super(fields);
    this.typeName = typeName;
  }
}
