import { createRequire } from 'node:module';
import { createLru } from '@sekisho/base';
import { BuildFault } from '../fault.ts';

/** A pattern of Go's regexp: finds it anywhere in the text, unless the pattern says otherwise. */
export interface Pattern {
  test(text: string): boolean;
}

const LONGEST = 2000;
/** Nothing in it has a meaning of its own. */
const LITERAL = /^[\w/ :@-]*$/;

const compiled = createLru<string, Pattern>({ maxWeight: 500 });

/** Every search takes time linear in the text. @throws BuildFault in Go's words */
export function compileRegex(pattern: string): Pattern {
  let known = compiled.get(pattern);
  if (known === undefined) {
    known = compile(pattern);
    compiled.set(pattern, known);
  }
  return known;
}

const everything: Pattern = { test: () => true };

/** The whole text, as selectors match; an empty pattern matches everything. @throws BuildFault */
export function anchored(pattern: string): Pattern {
  if (pattern === '') return everything;
  if (LITERAL.test(pattern)) return { test: (text) => text === pattern };
  return compileRegex(`^(?:${pattern})$`);
}

function compile(pattern: string): Pattern {
  if (LITERAL.test(pattern)) return { test: (text) => text.includes(pattern) };
  if (pattern.length > LONGEST) throw new BuildFault('error parsing regexp: expression too large');
  const { RE2JS, RE2JSSyntaxException, RE2JSException } = loadEngine();
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) {
      throw new BuildFault(`error parsing regexp: ${error.getDescription()}: \`${error.getPattern() ?? ''}\``);
    }
    // A pattern nested so deep that the stack ends, or one whose program grows beyond its bound.
    if (!(error instanceof RE2JSException || error instanceof RangeError)) throw error;
    throw new BuildFault('error parsing regexp: expression nests too deeply');
  }
}

let engine: typeof import('re2js') | undefined;

/** Loaded when a pattern needs it: most are plain names. */
function loadEngine(): typeof import('re2js') {
  engine ??= createRequire(import.meta.url)('re2js') as typeof import('re2js');
  return engine;
}
