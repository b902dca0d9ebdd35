import { noSuchOverload } from '../runtime/fault.ts';
import { kindOf } from '../value/kind.ts';
import type { CelValue } from '../value/value.ts';

/** A function for some types of arguments. */
export interface Overload {
  readonly name: string;
  /** Called as `target.name(…)`: the target is the first argument. */
  readonly isMethod: boolean;
  /** Names of types as `kindOf` gives them, or `dyn` for any. */
  readonly params: readonly string[];
  readonly call: (...args: never[]) => CelValue;
  /** What a call costs, told before it is made: one when not given. */
  readonly cost?: ((...args: never[]) => number) | undefined;
  /** The same as `call` where that gives an int which a number holds. */
  readonly count?: ((...args: never[]) => number) | undefined;
}

const SHORT: Readonly<Record<string, string>> = {
  timestamp: 'google.protobuf.Timestamp',
  duration: 'google.protobuf.Duration',
  optional: 'optional_type',
  null: 'null_type',
  ip: 'net.IP',
  cidr: 'net.CIDR',
  url: 'kubernetes.URL',
  quantity: 'kubernetes.Quantity',
  semver: 'kubernetes.Semver',
  namedFormat: 'kubernetes.NamedFormat',
};

/**
 * A function by its signature: `math.abs(int)`.
 *
 * @param signature  name and types of the parameters; `dyn` takes anything
 */
export function globalFunction(
  signature: string,
  call: Overload['call'],
  cost?: (...args: never[]) => number,
): Overload {
  const [name, params] = splitSignature(signature);
  return { name, isMethod: false, params, call, cost };
}

/** A method by its signature: `string.charAt(int)`. */
export function method(signature: string, call: Overload['call'], cost?: (...args: never[]) => number): Overload {
  const [name, params] = splitSignature(signature);
  const dot = name.lastIndexOf('.');
  return {
    name: name.slice(dot + 1),
    isMethod: true,
    params: [longName(name.slice(0, dot)), ...params],
    call,
    cost,
  };
}

function splitSignature(signature: string): [name: string, params: string[]] {
  const open = signature.indexOf('(');
  const list = signature.slice(open + 1, -1).trim();
  return [signature.slice(0, open), list === '' ? [] : list.split(',').map((param) => longName(param.trim()))];
}

function longName(kind: string): string {
  return SHORT[kind] ?? kind;
}

/** All overloads of one name. */
export class CelFunction {
  readonly name: string;
  readonly overloads: Overload[] = [];

  constructor(name: string) {
    this.name = name;
  }

  takes(count: number): boolean {
    return this.overloads.some((overload) => overload.params.length === count);
  }

  /** The overload for these arguments; throws `CelFault` when there is none. */
  choose(args: readonly CelValue[]): Overload {
    for (const overload of this.overloads) if (takesValues(overload, args)) return overload;
    throw noSuchOverload(this.name, args.map(kindOf));
  }
}

function takesValues({ params }: Overload, args: readonly CelValue[]): boolean {
  if (params.length !== args.length) return false;
  for (let at = 0; at < params.length; at++) {
    const param = params[at];
    if (param !== 'dyn' && param !== kindOf(args[at] as CelValue)) return false;
  }
  return true;
}

/** Functions by name: `globals` hold operators and names with dots, too. */
export class FunctionTable {
  readonly #globals = new Map<string, CelFunction>();
  readonly #methods = new Map<string, CelFunction>();

  constructor(overloads: Iterable<Overload>) {
    for (const overload of overloads) {
      const table = overload.isMethod ? this.#methods : this.#globals;
      let entry = table.get(overload.name);
      entry ??= new CelFunction(overload.name);
      table.set(overload.name, entry);
      entry.overloads.push(overload);
    }
  }

  global(name: string): CelFunction | undefined {
    return this.#globals.get(name);
  }

  method(name: string): CelFunction | undefined {
    return this.#methods.get(name);
  }
}
