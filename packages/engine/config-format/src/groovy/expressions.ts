import type { TokenReader, TreeNode } from './tree.ts';
import { PRIMITIVES, readParameters, readType } from './types.ts';

const ASSIGNMENTS = new Set(
  'Assign PlusAssign MinusAssign StarAssign DivAssign ModAssign PowerAssign AndAssign OrAssign XorAssign ElvisAssign LeftShiftAssign RightShiftAssign UnsignedRightShiftAssign'.split(
    ' ',
  ),
);

/** Binary operators by level, the weakest first. */
const LEVELS: readonly ReadonlySet<string>[] = [
  new Set(['Or']),
  new Set(['And']),
  new Set(['BitwiseOr']),
  new Set(['BitwiseXor']),
  new Set(['BitwiseAnd']),
  new Set(['Equal', 'NotEqual', 'Regex', 'Match', 'Spaceship', 'IdentityEqual', 'IdentityNotEqual']),
  new Set(['Lt', 'LtEqual', 'Gt', 'GtEqual', 'KwIn', 'NotIn', 'KwInstanceof', 'NotInstanceof', 'KwAs']),
  new Set(['LeftShift', 'RightShift', 'UnsignedRightShift', 'Range', 'HalfOpenRight']),
  new Set(['Plus', 'Minus']),
  new Set(['Star', 'Div', 'Mod']),
  new Set(['Power']),
];

const LITERALS = new Set(
  'IntLiteral FloatLiteral StringLiteral GStringFull SlashyStringLit DollarSlashyStringLit'.split(' '),
);
/** What the argument of a call without parentheses begins with. */
const ARGUMENT_STARTS = new Set([
  ...LITERALS,
  ...'Identifier CapitalizedIdentifier GStringBegin BoolLiteral NullLiteral KwNew KwThis KwSuper'.split(' '),
]);
const MEMBERS: ReadonlyMap<string, string> = new Map([
  ['Dot', 'PropertyExpr'],
  ['SafeNav', 'SafeNavExpr'],
  ['Spread', 'SpreadPropertyExpr'],
  ['FieldAccess', 'FieldAccessExpr'],
  ['MethodPointer', 'MethodPointerExpr'],
  ['MethodRef', 'MethodRefExpr'],
]);
const PREFIXES = new Set(['Minus', 'Plus', 'Not', 'BitwiseNot', 'Inc', 'Dec']);

/** Expressions of Groovy as a concrete tree; `statements` reads what stands in a closure. */
export class ExpressionReader {
  readonly #reader: TokenReader;
  readonly #statements: (end: string) => TreeNode[];

  constructor(reader: TokenReader, statements: (end: string) => TreeNode[]) {
    this.#reader = reader;
    this.#statements = statements;
  }

  read(): TreeNode {
    const reader = this.#reader;
    return reader.nest(() => {
      const lambda = this.#lambda();
      if (lambda !== undefined) return lambda;
      const left = this.#ternary();
      if (!ASSIGNMENTS.has(reader.peek().kind)) return left;
      return reader.node('AssignExpr', [left, reader.take(), this.read()]);
    });
  }

  #lambda(): TreeNode | undefined {
    const reader = this.#reader;
    let end = 1;
    if (reader.is('LParen')) {
      // Only names, types and commas may stand between the parentheses of a lambda.
      while (/Identifier$|^Comma$|^Kw/.test(reader.peek(end).kind)) end++;
      if (reader.peek(end++).kind !== 'RParen') return undefined;
    } else if (!reader.is('Identifier')) return undefined;
    if (reader.peek(end).kind !== 'Arrow') return undefined;
    const children = reader.is('LParen') ? readParameters(reader, () => this.read()) : [reader.take()];
    children.push(reader.take());
    if (!reader.is('LBrace')) return reader.node('LambdaExpr', [...children, this.read()]);
    const body = [reader.take(), ...this.#statements('RBrace'), reader.expect('RBrace', '"}"')];
    return reader.node('LambdaExpr', [...children, reader.node('BlockStmt', body)]);
  }

  #ternary(): TreeNode {
    const reader = this.#reader;
    const condition = this.#binary(0);
    if (reader.is('Elvis')) return reader.node('ElvisExpr', [condition, reader.take(), this.read()]);
    if (!reader.is('Question')) return condition;
    const question = reader.take();
    const whenTrue = this.read();
    const colon = reader.expect('Colon', '":" of the condition');
    return reader.node('TernaryExpr', [condition, question, whenTrue, colon, this.read()]);
  }

  #binary(level: number): TreeNode {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#unary();
    const reader = this.#reader;
    let left = this.#binary(level + 1);
    for (;;) {
      const { kind, isFirstOfLine } = reader.peek();
      if (!operators.has(kind)) return left;
      // On a line of its own these begin a new statement.
      if (isFirstOfLine && /^(?:Plus|Minus|Star|Lt)$/.test(kind)) return left;
      const operator = reader.take();
      if (kind === 'KwAs') left = reader.node('CastExpr', [left, operator, ...readType(reader)]);
      else if (kind.endsWith('nstanceof')) left = reader.node('InstanceofExpr', [left, operator, ...readType(reader)]);
      else {
        const isRange = kind === 'Range' || kind === 'HalfOpenRight';
        left = reader.node(isRange ? 'RangeExpr' : 'BinaryExpr', [left, operator, this.#binary(level + 1)]);
      }
    }
  }

  #unary(): TreeNode {
    const reader = this.#reader;
    if (PREFIXES.has(reader.peek().kind)) {
      const operator = reader.take();
      return reader.node('UnaryExpr', [operator, reader.nest(() => this.#unary())]);
    }
    if (reader.is('LParen') && this.#isCast()) {
      const children = [reader.take(), ...readType(reader), reader.expect('RParen', '")"')];
      return reader.node('CastExpr', [...children, reader.nest(() => this.#unary())]);
    }
    return this.#command(this.#postfix(this.#primary()));
  }

  /** `(Type) operand`: a capitalized name or primitive in parentheses with an operand after it. */
  #isCast(): boolean {
    const reader = this.#reader;
    const type = reader.peek(1).kind;
    if (type !== 'CapitalizedIdentifier' && !PRIMITIVES.has(type)) return false;
    let end = 2;
    while (reader.peek(end).kind === 'Dot' && /Identifier$/.test(reader.peek(end + 1).kind)) end += 2;
    const next = reader.peek(end + 1);
    const isOperand = ARGUMENT_STARTS.has(next.kind) || next.kind === 'LParen' || next.kind === 'LBrack';
    return reader.peek(end).kind === 'RParen' && isOperand && !next.isFirstOfLine;
  }

  /** A call without parentheses: `sh 'make'`. */
  #command(callee: TreeNode): TreeNode {
    const reader = this.#reader;
    const { kind, isFirstOfLine } = reader.peek();
    if (isFirstOfLine || !ARGUMENT_STARTS.has(kind)) return callee;
    const children = [callee, this.#argument()];
    while (reader.is('Comma')) children.push(reader.take(), this.#argument());
    return reader.node('CallExpr', children);
  }

  #argument(): TreeNode {
    const reader = this.#reader;
    if (reader.is('Star')) {
      const star = reader.take();
      const colon = reader.is('Colon') ? [reader.take()] : [];
      return reader.node('SpreadExpr', [star, ...colon, this.read()]);
    }
    const start = reader.index;
    const isName = /Identifier$|Literal$|^Kw|^GString/.test(reader.peek().kind) && reader.peek(1).kind === 'Colon';
    if (isName || reader.is('LParen', 'GStringBegin')) {
      const key = this.#key();
      if (reader.is('Colon')) return reader.node('MapEntry', [key, reader.take(), this.read()]);
      reader.index = start;
    }
    return this.read();
  }

  #key(): TreeNode {
    const reader = this.#reader;
    if (/^Kw/.test(reader.peek().kind)) return reader.node('IdentExpr', [reader.take()]);
    return this.#primary();
  }

  #postfix(operand: TreeNode): TreeNode {
    const reader = this.#reader;
    let result = operand;
    for (;;) {
      const { kind, isFirstOfLine } = reader.peek();
      const member = MEMBERS.get(kind);
      if (member !== undefined) {
        result = reader.node(member, [result, reader.take(), this.#memberName()]);
      } else if (isFirstOfLine) return result;
      else if (kind === 'LParen') result = reader.node('CallExpr', this.#call(result));
      else if (kind === 'LBrace') result = reader.node('CallExpr', [result, this.closure()]);
      else if (kind === 'LBrack' || kind === 'SafeIndex') {
        const children = [result, reader.take(), ...this.#list('RBrack')];
        result = reader.node('IndexExpr', [...children, reader.expect('RBrack', '"]" after the index')]);
      } else if (kind === 'Inc' || kind === 'Dec') result = reader.node('PostfixExpr', [result, reader.take()]);
      else return result;
    }
  }

  #memberName(): TreeNode {
    const reader = this.#reader;
    if (reader.is('GStringBegin')) return this.#gstring();
    if (reader.is('LParen')) return this.#primary();
    if (!/Identifier$|^Kw|^StringLiteral$|^GStringFull$|^(?:Bool|Null)Literal$/.test(reader.peek().kind))
      throw reader.unexpected('the name of a member');
    return reader.take();
  }

  #call(callee: TreeNode): TreeNode[] {
    const reader = this.#reader;
    const children = [
      callee,
      reader.take(),
      ...this.#list('RParen'),
      reader.expect('RParen', '")" after the arguments'),
    ];
    if (reader.is('LBrace') && !reader.peek().isFirstOfLine) children.push(this.closure());
    return children;
  }

  /** Arguments with their commas, up to `end`. */
  #list(end: string): TreeNode[] {
    const reader = this.#reader;
    const children: TreeNode[] = [];
    while (!reader.is(end)) {
      children.push(this.#argument());
      if (!reader.is('Comma')) break;
      children.push(reader.take());
    }
    return children;
  }

  closure(): TreeNode {
    const reader = this.#reader;
    return reader.nest(() => {
      const children = [reader.take(), ...this.#closureParameters()];
      children.push(...this.#statements('RBrace'), reader.expect('RBrace', '"}" of the closure'));
      return reader.node('ClosureExpr', children);
    });
  }

  /** `a, int b = 1 ->`; nothing when there is no arrow before the first statement. */
  #closureParameters(): TreeNode[] {
    const reader = this.#reader;
    const start = reader.index;
    const children: TreeNode[] = [];
    try {
      while (!reader.is('Arrow')) {
        const type =
          /Identifier$/.test(reader.peek().kind) && !/Identifier$|^Lt$|^LBrack$/.test(reader.peek(1).kind)
            ? []
            : readType(reader);
        children.push(...type, reader.expect('Identifier', 'a parameter'));
        if (reader.is('Assign')) children.push(reader.take(), this.#ternary());
        if (reader.is('Comma')) children.push(reader.take());
        else if (!reader.is('Arrow')) throw reader.unexpected('"->"');
      }
      children.push(reader.take());
      return children;
    } catch {
      reader.index = start;
      return [];
    }
  }

  #primary(): TreeNode {
    const reader = this.#reader;
    const { kind } = reader.peek();
    if (LITERALS.has(kind)) return reader.node('LiteralExpr', [reader.take()]);
    if (
      kind === 'Identifier' ||
      kind === 'CapitalizedIdentifier' ||
      kind === 'KwThis' ||
      kind === 'KwSuper' ||
      PRIMITIVES.has(kind)
    )
      return reader.node('IdentExpr', [reader.take()]);
    if (kind === 'BoolLiteral') return reader.node('BoolExpr', [reader.take()]);
    if (kind === 'NullLiteral') return reader.node('NullExpr', [reader.take()]);
    if (kind === 'GStringBegin') return this.#gstring();
    if (kind === 'LBrace') return this.closure();
    if (kind === 'LBrack') return this.#listOrMap();
    if (kind === 'KwNew') return this.#new();
    if (kind === 'LParen') {
      const open = reader.take();
      return reader.node('ParenExpr', [open, this.read(), reader.expect('RParen', '")"')]);
    }
    throw reader.unexpected('an expression');
  }

  #listOrMap(): TreeNode {
    const reader = this.#reader;
    const open = reader.take();
    if (reader.is('Colon')) return reader.node('MapExpr', [open, reader.take(), reader.expect('RBrack', '"]"')]);
    const items = reader.nest(() => this.#list('RBrack'));
    const close = reader.expect('RBrack', '"," or "]"');
    const isEntry = ({ kind, children }: TreeNode) =>
      kind === 'MapEntry' || (kind === 'SpreadExpr' && children?.length === 3);
    return reader.node(items.some(isEntry) ? 'MapExpr' : 'ListExpr', [open, ...items, close]);
  }

  #new(): TreeNode {
    const reader = this.#reader;
    const children = [reader.take(), ...readType(reader, false)];
    if (reader.is('LParen')) {
      children.push(reader.take(), ...reader.nest(() => this.#list('RParen')));
      children.push(reader.expect('RParen', '")" after the arguments'));
      if (reader.is('LBrace') && !reader.peek().isFirstOfLine) children.push(this.closure());
    }
    while (reader.is('LBrack')) {
      children.push(reader.take(), ...reader.nest(() => this.#list('RBrack')), reader.expect('RBrack', '"]"'));
    }
    return reader.node('NewExpr', children);
  }

  #gstring(): TreeNode {
    const reader = this.#reader;
    const children: TreeNode[] = [];
    while (!reader.is('GStringEnd')) {
      const { kind, path } = reader.peek();
      if (kind === 'GStringBegin' || kind === 'GStringPart') children.push(reader.take());
      else if (path !== undefined) {
        reader.take();
        children.push(
          reader.node(
            'GStringPath',
            path.map((token) => reader.leaf(token)),
          ),
        );
      } else {
        children.push(reader.expect('LBrace', 'an expression in the string'));
        if (reader.is('Arrow')) children.push(reader.take());
        children.push(...reader.nest(() => this.#statements('RBrace')), reader.expect('RBrace', '"}"'));
      }
    }
    return reader.node('GStringExpr', [...children, reader.take()]);
  }
}
