/** Random numbers that a seed repeats (mulberry32). */
export interface Random {
  /** 0 ≤ n < limit. */
  below(limit: number): number;
  /** One of `items`, which must not be empty. */
  pick<T>(items: readonly T[]): T;
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  return {
    below: (limit) => Math.floor(next() * limit),
    pick(items) {
      if (items.length === 0) throw new RangeError('nothing to pick from');
      return items[Math.floor(next() * items.length)] as (typeof items)[number];
    },
  };
}

/** A few random edits: bytes changed, removed, doubled, pieces swapped in from `fragments`. */
export function mutate(text: string, fragments: readonly string[], random: Random): string {
  let result = text;
  for (let edits = 1 + random.below(6); edits > 0; edits--) {
    const at = random.below(result.length + 1);
    const until = Math.min(result.length, at + random.below(20));
    switch (random.below(5)) {
      case 0:
        result = result.slice(0, at) + result.slice(until);
        break;
      case 1:
        result = result.slice(0, until) + result.slice(at, until) + result.slice(until);
        break;
      case 2:
        result = result.slice(0, at) + String.fromCharCode(random.below(256)) + result.slice(at + 1);
        break;
      default:
        result = result.slice(0, at) + random.pick(fragments) + result.slice(at);
    }
  }
  return result;
}
