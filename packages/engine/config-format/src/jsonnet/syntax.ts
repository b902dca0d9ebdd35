interface At {
  readonly offset: number;
}

export interface Parameter {
  readonly name: string;
  readonly fallback: Expression | undefined;
}

export interface Bind {
  readonly name: string;
  readonly value: Expression;
}

export interface ObjectField extends At {
  readonly name: Expression;
  /** `:` keeps what the field was, `::` hides it, `:::` shows it. */
  readonly visibility: ':' | '::' | ':::';
  readonly isPlus: boolean;
  readonly value: Expression;
}

export interface Comprehension {
  readonly kind: 'for' | 'if';
  readonly name: string;
  readonly source: Expression;
}

export interface Assertion {
  readonly condition: Expression;
  readonly message: Expression | undefined;
}

export type Expression = At &
  (
    | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
    | { readonly kind: 'name'; readonly name: string }
    | { readonly kind: 'self' | 'dollar' }
    | { readonly kind: 'super'; readonly index: Expression }
    | { readonly kind: 'inSuper'; readonly index: Expression }
    | { readonly kind: 'array'; readonly items: readonly Expression[] }
    | { readonly kind: 'arrayFor'; readonly body: Expression; readonly clauses: readonly Comprehension[] }
    | {
        readonly kind: 'object';
        readonly fields: readonly ObjectField[];
        readonly locals: readonly Bind[];
        readonly assertions: readonly Assertion[];
        readonly clauses: readonly Comprehension[];
      }
    | { readonly kind: 'index'; readonly operand: Expression; readonly index: Expression }
    | { readonly kind: 'slice'; readonly operand: Expression; readonly bounds: readonly (Expression | undefined)[] }
    | {
        readonly kind: 'call';
        readonly callee: Expression;
        readonly positional: readonly Expression[];
        readonly named: readonly Bind[];
      }
    | { readonly kind: 'function'; readonly parameters: readonly Parameter[]; readonly body: Expression }
    | { readonly kind: 'local'; readonly binds: readonly Bind[]; readonly body: Expression }
    | {
        readonly kind: 'if';
        readonly condition: Expression;
        readonly whenTrue: Expression;
        readonly whenFalse: Expression;
      }
    | { readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression }
    | { readonly kind: 'unary'; readonly operator: string; readonly operand: Expression }
    | { readonly kind: 'error'; readonly message: Expression }
    | { readonly kind: 'assert'; readonly assertion: Assertion; readonly body: Expression }
    | { readonly kind: 'import' | 'importstr'; readonly path: string }
  );
