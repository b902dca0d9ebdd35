import type { Expression } from '../syntax/ast.ts';
import type { Code, Emitter } from './emitter.ts';
import type { Scope } from './scope.ts';

/** Writes expressions: what those that hold others write these by. */
export interface Writer {
  readonly emitter: Emitter;
  /** Writes an expression. */
  code(node: Expression, scope: Scope): Code;
  /** Writes an expression; gives its value as the rest of the world has it. */
  value(node: Expression, scope: Scope): string;
  /** Writes a call of a function of the runtime that may throw. */
  invoke(called: unknown, ...args: readonly string[]): string;
  /** Writes a statement that throws where `condition` holds. */
  raiseIf(condition: string, called: unknown, ...args: readonly string[]): void;
}
