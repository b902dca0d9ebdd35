import type { Code } from './emitter.ts';

/** Which names mean what at a place of the expression. */
export class Scope {
  readonly #variables: ReadonlySet<string>;
  /** `a.b.c` gives `a.b.c.`, `a.b.`, `a.` and nothing, in this order. */
  readonly #prefixes: readonly string[];
  readonly #locals: ReadonlyMap<string, Code>;
  /** Of all locals, in the source. */
  readonly names: readonly string[];

  constructor(
    variables: ReadonlySet<string>,
    prefixes: readonly string[],
    locals: ReadonlyMap<string, Code> = new Map(),
    names: readonly string[] = [],
  ) {
    this.#variables = variables;
    this.#prefixes = prefixes;
    this.#locals = locals;
    this.names = names;
  }

  /** With further variables of a macro. */
  with(locals: Iterable<readonly [string, Code]>): Scope {
    const all = new Map([...this.#locals, ...locals]);
    return new Scope(
      this.#variables,
      this.#prefixes,
      all,
      [...all.values()].map(({ js }) => js),
    );
  }

  local(name: string): Code | undefined {
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
