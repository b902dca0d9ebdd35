/** Expressions of CUE, as far as they are read here. */
export type CueExpression =
  | { readonly kind: 'value'; readonly value: string | number | boolean | null; readonly offset: number }
  | { readonly kind: 'bytes'; readonly text: string; readonly offset: number }
  | { readonly kind: 'number'; readonly text: string; readonly offset: number }
  | { readonly kind: 'interpolation'; readonly parts: readonly (string | CueExpression)[]; readonly offset: number }
  | { readonly kind: 'name'; readonly name: string; readonly offset: number }
  | { readonly kind: 'selector'; readonly operand: CueExpression; readonly name: string; readonly offset: number }
  | { readonly kind: 'index'; readonly operand: CueExpression; readonly index: CueExpression; readonly offset: number }
  | { readonly kind: 'unary'; readonly operator: string; readonly operand: CueExpression; readonly offset: number }
  | {
      readonly kind: 'binary';
      readonly operator: string;
      readonly left: CueExpression;
      readonly right: CueExpression;
      readonly offset: number;
    }
  | { readonly kind: 'struct'; readonly declarations: readonly CueDeclaration[]; readonly offset: number }
  | { readonly kind: 'list'; readonly items: readonly CueItem[]; readonly isOpen: boolean; readonly offset: number };

export type CueItem = CueExpression | CueComprehension;

export interface CueComprehension {
  readonly kind: 'comprehension';
  readonly clauses: readonly CueClause[];
  readonly body: CueExpression;
  readonly offset: number;
}

export type CueClause =
  | { readonly kind: 'if'; readonly condition: CueExpression }
  | { readonly kind: 'for'; readonly names: readonly string[]; readonly source: CueExpression }
  | { readonly kind: 'let'; readonly name: string; readonly value: CueExpression };

export type CueDeclaration =
  | {
      readonly kind: 'field';
      /** A constant name, or an expression in parentheses or with interpolation. */
      readonly label: string | CueExpression;
      readonly isOptional: boolean;
      readonly value: CueExpression;
      readonly offset: number;
    }
  | {
      readonly kind: 'pattern';
      readonly pattern: CueExpression;
      readonly value: CueExpression;
      readonly offset: number;
    }
  | { readonly kind: 'let'; readonly name: string; readonly value: CueExpression; readonly offset: number }
  | { readonly kind: 'embedding'; readonly value: CueExpression; readonly offset: number }
  | CueComprehension;
