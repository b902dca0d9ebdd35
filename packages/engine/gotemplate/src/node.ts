import { quote } from './quote.ts';

/** Text that was parsed, for telling where something stands in it. */
export interface Source {
  readonly name: string;
  readonly text: string;
}

/** Where something stands: line from 1; column from 1 (Go's own messages count from 0), in bytes of UTF-8. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

interface Placed {
  readonly source: Source;
  /** Index into the source's text, of UTF-16 units. */
  readonly at: number;
}

/** An operand: what a command consists of. */
export type Operand =
  | (Placed & { readonly type: 'string'; readonly value: string; readonly text: string })
  /** `text` as it was written: Go looks at it to choose between int and float64. */
  | (Placed & { readonly type: 'number'; readonly text: string; readonly number: Constant })
  | (Placed & { readonly type: 'bool'; readonly value: boolean })
  | (Placed & { readonly type: 'nil' })
  | (Placed & { readonly type: 'dot' })
  /** `.a.b`: fields of the dot. */
  | (Placed & { readonly type: 'field'; readonly path: readonly string[] })
  /** `$x.a.b`; the name of the root is '$'. */
  | (Placed & { readonly type: 'variable'; readonly name: string; readonly path: readonly string[] })
  /** `(pipeline).a.b`, `function.a`. */
  | (Placed & { readonly type: 'chain'; readonly of: Operand; readonly path: readonly string[] })
  | (Placed & { readonly type: 'function'; readonly name: string })
  | Pipeline;

/** A number's value as the kinds that it may become; undefined where it does not fit. */
export interface Constant {
  readonly integer?: bigint;
  readonly float?: number;
  readonly isComplex: boolean;
  /** Whether it is a float64 when nobody asks for a type. */
  readonly prefersFloat: boolean;
}

/** `f a b`: the first word with its arguments. */
export interface Command extends Placed {
  readonly type: 'command';
  readonly words: readonly Operand[];
}

export interface Pipeline extends Placed {
  readonly type: 'pipeline';
  readonly declares: readonly string[];
  /** `=` instead of `:=`. */
  readonly assigns: boolean;
  readonly commands: readonly Command[];
}

export interface Branch extends Placed {
  readonly type: 'if' | 'with' | 'range';
  readonly pipeline: Pipeline;
  readonly body: readonly Node[];
  readonly otherwise?: readonly Node[];
}

export interface Call extends Placed {
  readonly type: 'template';
  readonly name: string;
  readonly pipeline?: Pipeline;
}

/** What stands in a template one after the other. */
export type Node =
  | (Placed & { readonly type: 'text'; readonly text: string })
  | (Placed & { readonly type: 'action'; readonly pipeline: Pipeline })
  | Branch
  | Call
  | (Placed & { readonly type: 'break' | 'continue' });

/** Whatever a message may point at. */
export type AnyNode = Node | Operand | Command;

/** Its text as Go prints it in messages: normalized, not as it was written. */
export function nodeText(node: AnyNode): string {
  switch (node.type) {
    case 'string':
    case 'number':
      return node.text;
    case 'text':
      return node.text;
    case 'bool':
      return String(node.value);
    case 'nil':
      return 'nil';
    case 'dot':
      return '.';
    case 'field':
      return `.${node.path.join('.')}`;
    case 'variable':
      return [node.name, ...node.path].join('.');
    case 'chain':
      return `${operandText(node.of)}.${node.path.join('.')}`;
    case 'function':
      return node.name;
    case 'command':
      return node.words.map(operandText).join(' ');
    case 'pipeline': {
      const sign = node.assigns ? ' = ' : ' := ';
      const declares = node.declares.length === 0 ? '' : node.declares.join(', ') + sign;
      return declares + node.commands.map(nodeText).join(' | ');
    }
    case 'action':
      return `{{${nodeText(node.pipeline)}}}`;
    case 'template':
      return `{{template ${quote(node.name)}${node.pipeline === undefined ? '' : ` ${nodeText(node.pipeline)}`}}}`;
    case 'break':
    case 'continue':
      return `{{${node.type}}}`;
    default: {
      const otherwise = node.otherwise === undefined ? '' : `{{else}}${node.otherwise.map(nodeText).join('')}`;
      return `{{${node.type} ${nodeText(node.pipeline)}}}${node.body.map(nodeText).join('')}${otherwise}{{end}}`;
    }
  }
}

function operandText(node: Operand): string {
  return node.type === 'pipeline' ? `(${nodeText(node)})` : nodeText(node);
}

export function positionOf({ source, at }: { readonly source: Source; readonly at: number }): Position {
  const before = source.text.slice(0, at);
  const start = before.lastIndexOf('\n') + 1;
  let line = 1;
  for (let index = before.indexOf('\n'); index !== -1; index = before.indexOf('\n', index + 1)) line++;
  return { line, column: new TextEncoder().encode(before.slice(start)).length + 1 };
}
