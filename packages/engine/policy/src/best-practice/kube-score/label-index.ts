import type { Labels } from '../object/selector.ts';

/** Items that are selected or select by labels, found without looking at all of a namespace. */
export class LabelIndex<T> {
  readonly #byPair = new Map<string, T[]>();

  /** @param pairs  from {@link pairsOf}, or {@link anyPair} for an item that has to be looked at always */
  add(namespace: string, pairs: readonly string[], item: T): void {
    for (const pair of pairs) {
      const key = `${namespace}\n${pair}`;
      const list = this.#byPair.get(key);
      if (list === undefined) this.#byPair.set(key, [item]);
      else list.push(item);
    }
  }

  /** Items with any of the pairs. */
  find(namespace: string, pairs: readonly string[]): readonly T[] {
    return pairs.flatMap((pair) => this.#byPair.get(`${namespace}\n${pair}`) ?? []);
  }
}

/** No label has this form: it stands for selectors that ask for no value of a label. */
export const anyPair = '\n';

export function pairsOf(labels: Labels): readonly string[] {
  return Object.entries(labels).map(([key, value]) => `${key}=${value}`);
}
