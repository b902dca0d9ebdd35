import { noSuchKey } from '../runtime/fault.ts';
import { CelMap, type CelValue, type MapKey } from './value.ts';

/** The keys of a {@link ComputedMap}, made once for all maps that have them: V8 then knows what those look like. */
export type ComputedKeys = Readonly<Record<string, undefined>>;

export function computedKeys(names: Iterable<string>): ComputedKeys {
  return Object.fromEntries(Array.from(names, (name) => [name, undefined]));
}

/** A map whose values are computed when they are first asked for, each once. */
export class ComputedMap extends CelMap {
  /** What was computed by now. Generated source looks here by itself, and puts here what it computed. */
  readonly known: Record<string, CelValue | undefined>;
  readonly #compute: (key: string) => CelValue | undefined;

  /** @param compute  gives undefined for what is no key; may throw `CelFault`, and is then asked again the next time */
  constructor(keys: ComputedKeys, compute: (key: string) => CelValue | undefined) {
    super();
    this.known = { ...keys };
    this.#compute = compute;
  }

  get size(): number {
    return Object.keys(this.known).length;
  }

  get(key: MapKey): CelValue | undefined {
    if (!this.has(key)) return undefined;
    const name = key as string;
    this.known[name] ??= this.#compute(name);
    return this.known[name];
  }

  /** Throws `CelFault` when there is no such key. */
  compute(key: string): CelValue {
    const value = this.#compute(key);
    if (value === undefined) throw noSuchKey(`'${key}'`);
    return value;
  }

  has(key: MapKey): boolean {
    return typeof key === 'string' && Object.hasOwn(this.known, key);
  }

  keys(): Iterable<string> {
    return Object.keys(this.known);
  }
}
