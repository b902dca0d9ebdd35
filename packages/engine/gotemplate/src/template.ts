import type { Diagnostic } from '@sekisho/base';
import { type ExecutionLimits, execute, TemplateExecutionError } from './execute.ts';
import { builtins, type TemplateFunction } from './functions.ts';
import { TemplateSyntaxError } from './lexer.ts';
import type { Node, Position } from './node.ts';
import { parse } from './parser.ts';
import type { Value } from './value.ts';

export interface TemplateOptions extends ExecutionLimits {
  /** Names of functions besides Go's own; theirs win over Go's. */
  readonly functions?: Readonly<Record<string, TemplateFunction>>;
  readonly missingKey?: 'default' | 'zero' | 'error';
}

export type Rendering = { readonly text: string } | { readonly diagnostics: readonly Diagnostic[] };

/** A set of templates that may use each other. */
export interface TemplateSet {
  /** Parses `text` and everything that it defines; a name that is there already is replaced. Code TEMPLATE_INVALID. */
  add(name: string, text: string): readonly Diagnostic[];
  has(name: string): boolean;
  /** Code TEMPLATE_FAILED, also for what takes too many steps or gives too much. */
  render(name: string, data: Value): Rendering;
}

const ALWAYS = new Set([...Object.keys(builtins), 'and', 'or']);

/**
 * Go's text/template over JSON: null, booleans, numbers, strings, lists and maps; Go's int is a bigint.
 *
 * @see the documentation of Go's package text/template
 */
export function createTemplateSet(options: TemplateOptions = {}): TemplateSet {
  const { functions = {}, ...limits } = options;
  const definitions = new Map<string, readonly Node[]>();
  const isFunction = (name: string) => ALWAYS.has(name) || Object.hasOwn(functions, name);

  return {
    add(name, text) {
      try {
        const parsed = parse(name, text, isFunction);
        for (const [defined, nodes] of parsed.definitions) definitions.set(defined, nodes);
        return [];
      } catch (error) {
        if (!(error instanceof TemplateSyntaxError)) throw error;
        return [fault('TEMPLATE_INVALID', name, error.message, error.at)];
      }
    },
    has: (name) => definitions.has(name),
    render(name, data) {
      const nodes = definitions.get(name);
      if (nodes === undefined)
        return { diagnostics: [fault('TEMPLATE_FAILED', name, `there is no template "${name}"`)] };
      try {
        return { text: execute(nodes, data, { definitions, functions, ...limits }) };
      } catch (error) {
        if (!(error instanceof TemplateExecutionError)) throw error;
        return { diagnostics: [fault('TEMPLATE_FAILED', name, error.message, error.at)] };
      }
    },
  };
}

function fault(code: string, name: string, message: string, at?: Position): Diagnostic {
  return {
    code,
    severity: 'error',
    message,
    origin: { file: `template ${name}`, ...(at === undefined ? {} : { line: at.line, column: at.column }) },
  };
}
