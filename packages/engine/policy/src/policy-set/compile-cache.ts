/** What was compiled, by what it was compiled from: what is the same again is not compiled again. */
export class CompileCache {
  readonly #before: ReadonlyMap<string, unknown>;
  readonly #kept = new Map<string, unknown>();

  /** @param before  of the set before: what is not asked for again is forgotten with it */
  constructor(before?: CompileCache) {
    this.#before = before === undefined ? new Map<string, unknown>() : before.#kept;
  }

  /** @param key  names what is compiled and what from; one key stands for one type of result */
  of<Result>(key: string, compile: () => Result): Result {
    const known = this.#kept.get(key) ?? this.#before.get(key);
    const result = known === undefined ? compile() : (known as Result);
    this.#kept.set(key, result);
    return result;
  }
}
