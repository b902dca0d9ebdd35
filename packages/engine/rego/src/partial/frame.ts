import type { Reduced } from './reduced.ts';

/** The variables of one body while it is evaluated; those of rules that are inlined get a number, so that names don't meet. */
export interface Frame {
  readonly bindings: Map<string, Reduced>;
  /** Name in what remains. */
  nameOf(variable: string): string;
}

export function createFrame(id: number): Frame {
  const bindings = new Map<string, Reduced>();
  return {
    bindings,
    nameOf: (variable) => {
      const name = variable.startsWith('$') ? `__wildcard${variable.slice(1)}__` : variable;
      return id === 0 ? name : `${name}${id}`;
    },
  };
}
