/** Where something stands: line and column from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** An operand or a call. */
export type Expression =
  | { readonly type: 'literal'; readonly value: string | bigint | number | boolean | null; readonly at: Position }
  | { readonly type: 'dot'; readonly at: Position }
  /** `.a.b`: fields of the dot. */
  | { readonly type: 'field'; readonly path: readonly string[]; readonly at: Position }
  /** `$x.a.b`; the name is '$' for the root. */
  | { readonly type: 'variable'; readonly name: string; readonly path: readonly string[]; readonly at: Position }
  /** `(pipeline).a.b` or `f.a` is no function's field. */
  | { readonly type: 'chain'; readonly of: Expression; readonly path: readonly string[]; readonly at: Position }
  | { readonly type: 'function'; readonly name: string; readonly at: Position }
  | { readonly type: 'pipeline'; readonly pipeline: Pipeline; readonly at: Position };

/** `f a b`: the first word with its arguments. */
export interface Command {
  readonly words: readonly Expression[];
  readonly at: Position;
}

export interface Pipeline {
  readonly declares: readonly string[];
  /** `=` instead of `:=`. */
  readonly assigns: boolean;
  readonly commands: readonly Command[];
  readonly at: Position;
}

export type Node =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'action'; readonly pipeline: Pipeline }
  | {
      readonly type: 'if' | 'with';
      readonly pipeline: Pipeline;
      readonly body: readonly Node[];
      readonly otherwise: readonly Node[];
    }
  | {
      readonly type: 'range';
      readonly pipeline: Pipeline;
      readonly body: readonly Node[];
      readonly otherwise: readonly Node[];
    }
  | { readonly type: 'template'; readonly name: string; readonly pipeline?: Pipeline; readonly at: Position }
  | { readonly type: 'break' | 'continue' };

/** Parsed text with everything that it defines, itself under its own name. */
export interface ParsedTemplate {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly definitions: ReadonlyMap<string, readonly Node[]>;
}
