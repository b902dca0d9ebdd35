/** A rule of a package: its name and how many clauses it has in all modules, defaults among them. */
export interface RuleClauses {
  readonly name: string;
  readonly clauses: number;
}

/** Keys and indexes from the root of the input. */
export type InputPath = readonly (string | number)[];

/** What is asked of a Rego engine. Values are JSON; sets are arrays in the order of values. */
export interface Evaluator {
  /** Rules of a package, in the order in which they are written. Empty when there is no such package. */
  rules(namespace: string): readonly RuleClauses[];
  /**
   * Values of some rules for one document, of one evaluation. Rules that are undefined are missing.
   *
   * @throws what the engine throws when an evaluation can't be done
   */
  evaluate(namespace: string, rules: readonly string[], document: CheckDocument): ReadonlyMap<string, unknown>;
  /**
   * For the members of a rule's value (in the same order) the paths of the input that their derivation read, in the order
   * of reading. Undefined when the engine can't say.
   */
  inputPaths?(
    namespace: string,
    rule: string,
    members: readonly unknown[],
    document: CheckDocument,
  ): readonly (readonly InputPath[])[] | undefined;
}

/** One document of a file. */
export interface CheckDocument {
  /** JSON. */
  readonly input: unknown;
  /** Place of the node at a path; undefined when there is none. */
  readonly positionOf?: (path: InputPath) => FilePosition | undefined;
}

export interface FilePosition {
  readonly line: number;
  readonly column: number;
  /** When documents of several files were made one. */
  readonly file?: string;
}
