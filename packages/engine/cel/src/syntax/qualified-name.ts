import type { Expression } from './ast.ts';

export interface QualifiedName {
  readonly root: string;
  readonly name: string;
  readonly isAbsolute: boolean;
}

/** `a.b.c` as a name; undefined for what is none. */
export function qualifiedName(expression: Expression): QualifiedName | undefined {
  const fields: string[] = [];
  let node = expression;
  while (node.type === 'select' && !node.isOptional) {
    fields.push(node.field);
    node = node.operand;
  }
  if (node.type !== 'identifier') return undefined;
  return { root: node.name, name: [node.name, ...fields.reverse()].join('.'), isAbsolute: node.isAbsolute };
}
