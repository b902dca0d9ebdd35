import type { Position } from '@sekisho/base';
import { type ConfigDocument, type ConfigPath, isMembers } from '../document.ts';
import type { ParseTask } from '../parse-task.ts';
import { ExpressionReader } from './expressions.ts';
import { GroovyLexer } from './lexer.ts';
import { TokenReader, type TreeNode } from './tree.ts';
import { PRIMITIVES, readParameters, readType } from './types.ts';

const MODIFIERS = new Set(
  'KwDef KwVar KwFinal KwStatic KwPrivate KwPublic KwProtected KwAbstract KwSynchronized KwTransient KwVolatile KwNative KwStrictfp'.split(
    ' ',
  ),
);
const TYPE_KINDS: ReadonlyMap<string, string> = new Map([
  ['KwClass', 'ClassDecl'],
  ['KwInterface', 'InterfaceDecl'],
  ['KwTrait', 'TraitDecl'],
  ['KwEnum', 'EnumDecl'],
]);

/** A Groovy file (a Jenkinsfile, mostly) as the concrete tree {kind, line, column, children | text}. */
export function parseGroovy(task: ParseTask): readonly ConfigDocument[] {
  const reader = new TokenReader(task, new GroovyLexer(task).tokens());
  const children = new StatementReader(reader).list('EOF', false);
  if (!reader.is('EOF')) throw reader.unexpected('a statement');
  const root = reader.node('FileNode', children);
  return [{ value: root, positionOf: (path) => positionIn(root, path) }];
}

/** The nodes know their places themselves. */
function positionIn(root: TreeNode, path: ConfigPath): Position | undefined {
  let value: unknown = root;
  let nearest: Position = { line: root.line, column: root.column };
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string | number, unknown>)[key];
    if (isMembers(value)) nearest = { line: Number(value['line']), column: Number(value['column']) };
  }
  return nearest;
}

class StatementReader {
  readonly #reader: TokenReader;
  readonly #expressions: ExpressionReader;

  constructor(reader: TokenReader) {
    this.#reader = reader;
    this.#expressions = new ExpressionReader(reader, (end) => this.list(end, false));
  }

  /** Statements with the semicolons between them, up to a token of kind `end`. */
  list(end: string, inClass: boolean): TreeNode[] {
    const reader = this.#reader;
    const children: TreeNode[] = [];
    while (!reader.is(end, 'EOF')) {
      if (reader.is('Semi')) children.push(reader.take());
      else if (end === 'Clause' && reader.is('KwCase', 'KwDefault', 'RBrace')) break;
      else children.push(reader.nest(() => this.#statement(inClass)));
    }
    return children;
  }

  #statement(inClass: boolean): TreeNode {
    const reader = this.#reader;
    switch (reader.peek().kind) {
      case 'KwIf':
        return this.#if();
      case 'KwFor':
        return this.#for();
      case 'KwWhile':
        return reader.node('WhileStmt', [reader.take(), ...this.#condition(), this.#body()]);
      case 'KwDo': {
        const head = [reader.take(), this.#body(), reader.expect('KwWhile', '"while"')];
        return reader.node('DoWhileStmt', [...head, ...this.#condition()]);
      }
      case 'KwTry':
        return this.#try();
      case 'KwSwitch':
        return this.#switch();
      case 'KwReturn':
        return reader.node('ReturnStmt', this.#withOptional());
      case 'KwThrow':
        return reader.node('ThrowStmt', [reader.take(), this.#expressions.read()]);
      case 'KwBreak':
        return reader.node('BreakStmt', this.#withLabel());
      case 'KwContinue':
        return reader.node('ContinueStmt', this.#withLabel());
      case 'KwAssert': {
        const head = [reader.take(), this.#expressions.read()];
        if (reader.is('Colon', 'Comma')) head.push(reader.take(), this.#expressions.read());
        return reader.node('AssertStmt', head);
      }
      case 'KwPackage':
        return reader.node('PackageDecl', [reader.take(), ...this.#dotted()]);
      case 'KwImport':
        return reader.node('ImportDecl', this.#import([]));
      case 'KwSynchronized':
        if (reader.peek(1).kind !== 'LParen') break;
        return reader.node('SynchronizedStmt', [reader.take(), ...this.#condition(), this.#block()]);
    }
    if (reader.is('Identifier') && reader.peek(1).kind === 'Colon' && !inClass)
      return reader.node('LabeledStmt', [reader.take(), reader.take(), this.#statement(false)]);
    return this.#declaration(inClass) ?? reader.node('ExpressionStmt', [this.#expressions.read()]);
  }

  #withOptional(): TreeNode[] {
    const reader = this.#reader;
    const head = [reader.take()];
    const { isFirstOfLine } = reader.peek();
    if (!isFirstOfLine && !reader.is('Semi', 'RBrace', 'EOF')) head.push(this.#expressions.read());
    return head;
  }

  #withLabel(): TreeNode[] {
    const reader = this.#reader;
    const head = [reader.take()];
    if (reader.is('Identifier') && !reader.peek().isFirstOfLine) head.push(reader.take());
    return head;
  }

  #condition(): TreeNode[] {
    const reader = this.#reader;
    const open = reader.expect('LParen', '"("');
    return [open, this.#expressions.read(), reader.expect('RParen', '")"')];
  }

  /** A block, or the one statement that stands for it. */
  #body(): TreeNode {
    return this.#reader.is('LBrace') ? this.#block() : this.#reader.nest(() => this.#statement(false));
  }

  #block(): TreeNode {
    const reader = this.#reader;
    return reader.nest(() => {
      const open = reader.expect('LBrace', '"{"');
      return reader.node('BlockStmt', [
        open,
        ...this.list('RBrace', false),
        reader.expect('RBrace', '"}" of the block'),
      ]);
    });
  }

  #if(): TreeNode {
    const reader = this.#reader;
    const children = [reader.take(), ...this.#condition(), this.#body()];
    const hasSemi = reader.is('Semi') && reader.peek(1).kind === 'KwElse';
    if (hasSemi) children.push(reader.take());
    if (reader.is('KwElse')) children.push(reader.take(), this.#body());
    return reader.node('IfStmt', children);
  }

  #for(): TreeNode {
    const reader = this.#reader;
    const head = [reader.take(), reader.expect('LParen', '"("')];
    const start = reader.index;
    const names: TreeNode[] = [];
    while (MODIFIERS.has(reader.peek().kind)) names.push(reader.take());
    if (!/^(?:KwIn|Colon|Assign|Semi)$/.test(reader.peek(1).kind) && !reader.is('Semi', 'LParen', 'Inc', 'Dec')) {
      const isTyped = /Identifier$/.test(reader.peek().kind) || PRIMITIVES.has(reader.peek().kind);
      if (isTyped && /Identifier$|^Lt$|^LBrack$|^Dot$/.test(reader.peek(1).kind)) names.push(...readType(reader));
    }
    if (/Identifier$/.test(reader.peek().kind) && /^(?:KwIn|Colon)$/.test(reader.peek(1).kind)) {
      const children = [...head, ...names, reader.take(), reader.take(), this.#expressions.read()];
      children.push(reader.expect('RParen', '")"'), this.#body());
      return reader.node('ForInStmt', children);
    }
    if (names.length === 0) reader.index = start;
    const children = [...head, ...names];
    while (!reader.is('RParen', 'EOF')) {
      if (reader.is('Semi', 'Comma')) children.push(reader.take());
      else if (names.length > 0 && /Identifier$/.test(reader.peek().kind) && reader.peek(1).kind === 'Assign')
        children.push(reader.take(), reader.take(), this.#expressions.read());
      else children.push(this.#expressions.read());
    }
    return reader.node('ForStmt', [...children, reader.expect('RParen', '")"'), this.#body()]);
  }

  #try(): TreeNode {
    const reader = this.#reader;
    const children = [reader.take()];
    if (reader.is('LParen')) {
      children.push(reader.take());
      while (!reader.is('RParen', 'EOF')) children.push(reader.is('Semi') ? reader.take() : this.#statement(false));
      children.push(reader.expect('RParen', '")"'));
    }
    children.push(this.#block());
    while (reader.is('KwCatch')) {
      const head = [reader.take(), reader.expect('LParen', '"("')];
      if (reader.is('KwFinal')) head.push(reader.take());
      if (reader.peek(1).kind !== 'RParen') head.push(...readType(reader));
      while (reader.is('BitwiseOr')) head.push(reader.take(), ...readType(reader));
      head.push(reader.take(), reader.expect('RParen', '")"'), this.#block());
      children.push(reader.node('CatchClause', head));
    }
    if (reader.is('KwFinally')) children.push(reader.node('FinallyClause', [reader.take(), this.#block()]));
    return reader.node('TryStmt', children);
  }

  #switch(): TreeNode {
    const reader = this.#reader;
    const children = [reader.take(), ...this.#condition(), reader.expect('LBrace', '"{"')];
    while (reader.is('KwCase', 'KwDefault')) {
      const isCase = reader.is('KwCase');
      const head = isCase ? [reader.take(), this.#expressions.read()] : [reader.take()];
      head.push(reader.expect('Colon', '":"'), ...this.list('Clause', false));
      children.push(reader.node(isCase ? 'CaseClause' : 'DefaultClause', head));
    }
    return reader.node('SwitchStmt', [...children, reader.expect('RBrace', '"}" of the switch')]);
  }

  #dotted(): TreeNode[] {
    const reader = this.#reader;
    const children = [reader.take()];
    while (reader.is('Dot')) children.push(reader.take(), reader.take());
    return children;
  }

  #import(annotations: readonly TreeNode[]): TreeNode[] {
    const reader = this.#reader;
    const children = [...annotations, reader.take()];
    if (reader.is('KwStatic')) children.push(reader.take());
    children.push(...this.#dotted());
    if (reader.is('KwAs')) children.push(reader.take(), reader.take());
    return children;
  }

  /** A class, method, field or variable; undefined when an expression stands here. */
  #declaration(inClass: boolean): TreeNode | undefined {
    const reader = this.#reader;
    const start = reader.index;
    const annotations: TreeNode[] = [];
    while (reader.is('At')) annotations.push(this.#annotation());
    if (reader.is('KwImport')) return reader.node('ImportDecl', this.#import(annotations));
    const head: TreeNode[] = [...annotations];
    while (MODIFIERS.has(reader.peek().kind)) head.push(reader.take());
    const kind = TYPE_KINDS.get(reader.peek().kind);
    if (kind !== undefined) return this.#class(kind, head);
    const isMarked = head.length > 0;
    const type = this.#declaredType();
    if (!isMarked && type.length === 0 && !this.#isConstructor(inClass)) {
      reader.index = start;
      return undefined;
    }
    head.push(...type);
    if (reader.is('LParen') && isMarked) return this.#several(head);
    if (!/Identifier$|^StringLiteral$/.test(reader.peek().kind)) throw reader.unexpected('a name');
    head.push(reader.take());
    if (reader.is('LParen') && !reader.peek().isFirstOfLine) return this.#method(head);
    return this.#variable(head, inClass || annotations.length > 0);
  }

  /** The type before a declared name; none for `def x` and expressions. */
  #declaredType(): TreeNode[] {
    const reader = this.#reader;
    const start = reader.index;
    const { kind } = reader.peek();
    if (!PRIMITIVES.has(kind) && !/Identifier$/.test(kind)) return [];
    try {
      const type = readType(reader);
      const last = type.at(-1)?.kind ?? '';
      const isType = PRIMITIVES.has(kind) || /^(?:CapitalizedIdentifier|Gt|RightShift|RBrack)$/.test(last);
      const name = reader.peek();
      const isName = /Identifier$/.test(name.kind) && !name.isFirstOfLine;
      const next = reader.peek(1);
      const ends = next.isFirstOfLine || /^(?:Assign|Semi|Comma|LParen|RBrace|EOF)$/.test(next.kind);
      if (isType && isName && ends) return type;
    } catch {
      // Not a type after all.
    }
    reader.index = start;
    return [];
  }

  #isConstructor(inClass: boolean): boolean {
    const reader = this.#reader;
    return inClass && reader.is('CapitalizedIdentifier') && reader.peek(1).kind === 'LParen';
  }

  #annotation(): TreeNode {
    const reader = this.#reader;
    const children = [reader.take(), ...this.#dotted()];
    if (reader.is('LParen') && !reader.peek().isFirstOfLine) {
      children.push(reader.take());
      while (!reader.is('RParen', 'EOF')) {
        if (reader.is('Comma')) children.push(reader.take());
        else children.push(this.#expressions.read());
      }
      children.push(reader.expect('RParen', '")"'));
    }
    return reader.node('AnnotationNode', children);
  }

  #several(head: TreeNode[]): TreeNode {
    const reader = this.#reader;
    const children = [...head, ...readParameters(reader, () => this.#expressions.read())];
    if (reader.is('Assign')) children.push(reader.take(), this.#expressions.read());
    return reader.node('VariableDecl', children);
  }

  #method(head: TreeNode[]): TreeNode {
    const reader = this.#reader;
    const children = [...head, ...readParameters(reader, () => this.#expressions.read())];
    if (reader.is('KwThrows')) {
      children.push(reader.take(), ...readType(reader));
      while (reader.is('Comma')) children.push(reader.take(), ...readType(reader));
    }
    if (reader.is('LBrace')) children.push(this.#block());
    return reader.node('MethodDecl', children);
  }

  #variable(head: TreeNode[], isField: boolean): TreeNode {
    const reader = this.#reader;
    const children = [...head];
    if (reader.is('Assign')) children.push(reader.take(), this.#expressions.read());
    while (reader.is('Comma')) {
      children.push(reader.take(), reader.take());
      if (reader.is('Assign')) children.push(reader.take(), this.#expressions.read());
    }
    return reader.node(isField ? 'FieldDecl' : 'VariableDecl', children);
  }

  #class(kind: string, head: TreeNode[]): TreeNode {
    const reader = this.#reader;
    const children = [...head, reader.take(), ...readType(reader)];
    while (reader.is('KwExtends', 'KwImplements', 'Comma')) children.push(reader.take(), ...readType(reader));
    children.push(reader.expect('LBrace', '"{"'));
    if (kind === 'EnumDecl') {
      while (/Identifier$/.test(reader.peek().kind)) {
        const constant = [reader.take()];
        if (reader.is('LParen')) {
          constant.push(reader.take());
          while (!reader.is('RParen', 'EOF'))
            constant.push(reader.is('Comma') ? reader.take() : this.#expressions.read());
          constant.push(reader.expect('RParen', '")"'));
        }
        children.push(reader.node('EnumConstant', constant));
        if (reader.is('Comma')) children.push(reader.take());
      }
    }
    children.push(...this.list('RBrace', true), reader.expect('RBrace', '"}" of the class'));
    return reader.node(kind, children);
  }
}
