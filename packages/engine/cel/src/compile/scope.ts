/** Which names mean what at a place of the expression. */
export class Scope {
  readonly #variables: ReadonlySet<string>;
  /** `a.b.c` gives `a.b.c.`, `a.b.`, `a.` and nothing, in this order. */
  readonly #prefixes: readonly string[];
  readonly #locals: ReadonlyMap<string, number>;
  /** How many slots are taken. */
  readonly depth: number;

  constructor(
    variables: ReadonlySet<string>,
    prefixes: readonly string[],
    locals: ReadonlyMap<string, number> = new Map(),
    depth = 0,
  ) {
    this.#variables = variables;
    this.#prefixes = prefixes;
    this.#locals = locals;
    this.depth = depth;
  }

  /** With further variables of a macro, in slots from `depth` on. */
  with(names: readonly string[]): Scope {
    const locals = new Map(this.#locals);
    names.forEach((name, index) => {
      locals.set(name, this.depth + index);
    });
    return new Scope(this.#variables, this.#prefixes, locals, this.depth + names.length);
  }

  local(name: string): number | undefined {
    return this.#locals.get(name);
  }

  /** The variable that a name with dots means. */
  variable(name: string, isAbsolute: boolean): string | undefined {
    return this.candidates(name, isAbsolute).find((candidate) => this.#variables.has(candidate));
  }

  /** What a name may mean, the nearest first. */
  candidates(name: string, isAbsolute: boolean): readonly string[] {
    return isAbsolute ? [name] : this.#prefixes.map((prefix) => prefix + name);
  }
}

export function containerPrefixes(container: string): string[] {
  const parts = container === '' ? [] : container.split('.');
  return [...parts.map((_, index) => `${parts.slice(0, parts.length - index).join('.')}.`), ''];
}
