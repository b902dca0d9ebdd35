import { ConfigFault, type ParseTask } from '../parse-task.ts';
import type { Token } from './token.ts';

/** A node of the concrete tree, in Conftest's shape: a leaf has `text`, others have `children`. */
export interface TreeNode {
  readonly kind: string;
  readonly line: number;
  readonly column: number;
  readonly text?: string;
  readonly children?: readonly TreeNode[];
}

/** The tokens of a file, read one by one into tree nodes. */
export class TokenReader {
  readonly task: ParseTask;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(task: ParseTask, tokens: readonly Token[]) {
    this.task = task;
    this.#tokens = tokens;
  }

  get index(): number {
    return this.#next;
  }

  set index(index: number) {
    this.#next = index;
  }

  peek(ahead = 0): Token {
    return this.#tokens[this.#next + ahead] ?? this.#end();
  }

  is(...kinds: readonly string[]): boolean {
    return kinds.includes(this.peek().kind);
  }

  /** The next token as a leaf. */
  take(): TreeNode {
    const token = this.peek();
    if (token.kind !== 'EOF') this.#next++;
    return this.leaf(token);
  }

  leaf({ kind, text, offset }: Token): TreeNode {
    const { line, column } = this.task.positionAt(offset);
    return { kind, text, line, column };
  }

  expect(kind: string, wanted: string): TreeNode {
    if (!this.is(kind)) throw this.unexpected(wanted);
    return this.take();
  }

  /** A node over `children`, at the place of the first one. */
  node(kind: string, children: readonly TreeNode[]): TreeNode {
    const [first] = children;
    const { offset } = this.peek();
    const { line, column } = first ?? this.task.positionAt(offset);
    return { kind, children, line, column };
  }

  nest<T>(read: () => T): T {
    this.task.checkDepth(++this.#depth, this.peek().offset);
    const result = read();
    this.#depth--;
    return result;
  }

  unexpected(wanted: string): ConfigFault {
    const { kind, text, offset } = this.peek();
    const seen = kind === 'EOF' ? 'the end of the file' : JSON.stringify(text);
    return new ConfigFault(offset, `expected ${wanted}, found ${seen}`);
  }

  #end(): Token {
    const last = this.#tokens.at(-1);
    return last ?? { kind: 'EOF', text: '', offset: 0, isFirstOfLine: true };
  }
}
