import type { TokenReader, TreeNode } from './tree.ts';

export const PRIMITIVES: ReadonlySet<string> = new Set(
  'KwBoolean KwByte KwChar KwShort KwInt KwLong KwFloat KwDouble KwVoid'.split(' '),
);

/** `a.b.Type<Other>[]`. */
export function readType(reader: TokenReader, withArrays = true): TreeNode[] {
  if (!/Identifier$/.test(reader.peek().kind) && !PRIMITIVES.has(reader.peek().kind)) throw reader.unexpected('a type');
  const children = [reader.take()];
  while (reader.is('Dot')) children.push(reader.take(), reader.take());
  if (reader.is('Lt')) children.push(...readGenerics(reader));
  while (withArrays && reader.is('LBrack') && reader.peek(1).kind === 'RBrack')
    children.push(reader.take(), reader.take());
  return children;
}

function readGenerics(reader: TokenReader): TreeNode[] {
  return reader.nest(() => {
    const children = [reader.take()];
    while (!reader.is('Gt', 'RightShift', 'UnsignedRightShift', 'EOF')) {
      if (reader.is('Question', 'Comma', 'KwExtends', 'KwSuper', 'BitwiseAnd')) children.push(reader.take());
      else children.push(...readType(reader));
    }
    if (reader.is('EOF')) throw reader.unexpected('">"');
    return [...children, reader.take()];
  });
}

/** `(int a, b = 1, String... c)` with the parentheses. */
export function readParameters(reader: TokenReader, expression: () => TreeNode): TreeNode[] {
  const children = [reader.expect('LParen', '"("')];
  while (!reader.is('RParen')) {
    while (reader.is('KwFinal', 'KwDef')) children.push(reader.take());
    if (
      !/Identifier$/.test(reader.peek().kind) ||
      /Identifier$|^Lt$|^LBrack$|^Dot$|^Ellipsis$/.test(reader.peek(1).kind)
    )
      children.push(...readType(reader));
    if (reader.is('Ellipsis')) children.push(reader.take());
    if (!/Identifier$/.test(reader.peek().kind)) throw reader.unexpected('a parameter');
    children.push(reader.take());
    if (reader.is('Assign')) children.push(reader.take(), expression());
    if (!reader.is('Comma')) break;
    children.push(reader.take());
  }
  return [...children, reader.expect('RParen', '")" after the parameters')];
}
