import { createRequire } from 'node:module';

// Loading the engine takes longer than all else that a short command does, and only schemas with patterns need it.
const require = createRequire(import.meta.url);
let engine: typeof import('re2js') | undefined;

function loadEngine(): typeof import('re2js') {
  engine ??= require('re2js') as typeof import('re2js');
  return engine;
}

/** A pattern of a schema: RE2, searched anywhere in the text. */
export interface CompiledPattern {
  test(text: string): boolean;
}

/** Longer patterns are refused: each becomes a program in memory. */
export const maxPatternLength = 10_000;
const maxRemembered = 2_000;
const compiled = new Map<string, CompiledPattern | undefined>();

/** Compiles a pattern of a stranger's schema in linear-time RE2; undefined when it is none, or too long. */
export function compilePattern(pattern: string): CompiledPattern | undefined {
  const known = compiled.get(pattern);
  if (known !== undefined || compiled.has(pattern)) return known;
  let result: CompiledPattern | undefined;
  if (pattern.length <= maxPatternLength) {
    const { RE2JS } = loadEngine();
    try {
      const program = RE2JS.compile(pattern);
      result = { test: (text) => program.matcher(text).find() };
    } catch {
      result = undefined;
    }
  }
  if (compiled.size >= maxRemembered) compiled.clear();
  compiled.set(pattern, result);
  return result;
}
