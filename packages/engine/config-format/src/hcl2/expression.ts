/** A part of a template. */
export type TemplatePart =
  | { readonly kind: 'text'; text: string; readonly offset: number }
  | { readonly kind: 'interpolation'; readonly expression: Expression }
  | { readonly kind: 'directive'; readonly text: string };

export interface ObjectItem {
  readonly key: Expression;
  readonly value: Expression;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** What an expression means without evaluation; `opaque` ones stay text. */
export type Expression = Span &
  (
    | { readonly kind: 'number'; readonly text: string }
    | { readonly kind: 'word'; readonly value: boolean | null; readonly name: string }
    | { readonly kind: 'template'; readonly parts: readonly TemplatePart[] }
    | { readonly kind: 'tuple'; readonly items: readonly Expression[] }
    | { readonly kind: 'object'; readonly items: readonly ObjectItem[] }
    | { readonly kind: 'unary'; readonly operator: '-' | '!'; readonly operand: Expression }
    | { readonly kind: 'variable'; readonly name: string }
    | { readonly kind: 'traversal' }
    | { readonly kind: 'opaque' }
  );
