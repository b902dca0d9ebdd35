import type { CelValue } from '../value/value.ts';
import { raiseUnbound } from './raise.ts';

/** A variable whose name objects inherit something by. */
export function variable(bindings: Readonly<Record<string, CelValue>>, name: string): CelValue {
  const value = Object.hasOwn(bindings, name) ? bindings[name] : undefined;
  return value === undefined ? raiseUnbound(name) : value;
}
