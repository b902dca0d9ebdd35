import type { RegoFault } from '../fault.ts';
import { attachAnnotations } from './annotations.ts';
import type { Body, Module, RegoVersion, Term } from './ast.ts';
import { tokenize } from './lexer.ts';
import type { Location } from './location.ts';
import { RuleParser } from './rule-parser.ts';
import { TermParser } from './term-parser.ts';
import { FUTURE_KEYWORDS, type FutureKeyword, MAX_DEPTH, SyntaxFailure } from './token-cursor.ts';
import { isDeeperThan } from './tree-height.ts';

/** Longest module or query, in UTF-16 units. */
export const MAX_MODULE_LENGTH = 10 * 1024 * 1024;

export interface ParseModuleOptions {
  /** For locations. */
  readonly file: string;
  /** Default `v1`. */
  readonly version?: RegoVersion;
}

export interface ParseQueryOptions {
  /** For locations; default empty. */
  readonly file?: string;
  /** Default `v1`. */
  readonly version?: RegoVersion;
  /** Imports that the query is read under (`data.lib`, `future.keywords.in`, `rego.v1`); those of keywords count in v0. */
  readonly imports?: readonly string[];
}

/**
 * Reads a module. A syntax error ends only its statement: reading goes on at the next line that begins with a name, so that
 * several are told at once.
 *
 * @returns the module when there are no faults, otherwise all faults (`rego_parse_error`, worded as OPA does). Also for text
 * beyond {@link MAX_MODULE_LENGTH} and terms nested deeper than 500.
 * @see https://www.openpolicyagent.org/docs/policy-reference#grammar
 */
export function parseModule(
  text: string,
  options: ParseModuleOptions,
): { module?: Module; faults: readonly RegoFault[] } {
  const { file, version = 'v1' } = options;
  const tooLong = lengthFault(text, file);
  if (tooLong !== undefined) return { faults: [tooLong] };
  const { tokens, comments } = tokenize(text, file);
  if (tokens.length === 1) return { faults: [parseFault('empty module', { ...startOf(file), row: 0, col: 0 })] };
  const parsed = new RuleParser(tokens, version === 'v1' ? FUTURE_KEYWORDS : []).module(version);
  if (parsed.package === undefined || parsed.faults.length > 0) return { faults: parsed.faults };
  const { annotations, rules, faults } = attachAnnotations(comments, parsed);
  if (faults.length > 0) return { faults };
  return {
    module: {
      file,
      version: parsed.version,
      package: parsed.package,
      imports: parsed.imports,
      rules,
      comments,
      annotations,
    },
    faults: [],
  };
}

/** Reads a query: expressions separated by `;` or new lines. Faults as of {@link parseModule}. */
export function parseQuery(
  text: string,
  options: ParseQueryOptions = {},
): { body?: Body; faults: readonly RegoFault[] } {
  const { file = '', version = 'v1', imports = [] } = options;
  return read(text, file, version === 'v1' ? FUTURE_KEYWORDS : importedKeywords(imports), (parser) => {
    const body = parser.wholeBody();
    return { body };
  });
}

/** Reads one term: any Rego value, also sets and objects with keys that are no strings. Faults as of {@link parseModule}. */
export function parseTerm(text: string, file = ''): { term?: Term; faults: readonly RegoFault[] } {
  return read(text, file, FUTURE_KEYWORDS, (parser) => ({ term: parser.wholeTerm() }));
}

class TextParser extends TermParser {
  wholeBody(): Body {
    return this.body('eof');
  }

  wholeTerm(): Term {
    const term = this.memberTerm();
    if (!this.is('eof')) this.unexpected('expected end of term');
    return term;
  }
}

function read<T extends object>(
  text: string,
  file: string,
  keywords: Iterable<FutureKeyword>,
  parse: (parser: TextParser) => T,
): (T & { faults: readonly RegoFault[] }) | { faults: readonly RegoFault[] } {
  const tooLong = lengthFault(text, file);
  if (tooLong !== undefined) return { faults: [tooLong] };
  try {
    const result = parse(new TextParser(tokenize(text, file).tokens, keywords));
    if (isDeeperThan(result, MAX_DEPTH))
      return { faults: [parseFault('max parsing recursion depth exceeded', startOf(file))] };
    return { ...result, faults: [] };
  } catch (error) {
    if (!(error instanceof SyntaxFailure)) throw error;
    return { faults: [error.toFault()] };
  }
}

function importedKeywords(imports: readonly string[]): readonly FutureKeyword[] {
  if (imports.includes('rego.v1') || imports.includes('future.keywords')) return FUTURE_KEYWORDS;
  return FUTURE_KEYWORDS.filter((word) => imports.includes(`future.keywords.${word}`));
}

function lengthFault(text: string, file: string): RegoFault | undefined {
  if (text.length <= MAX_MODULE_LENGTH) return undefined;
  return parseFault(`text is longer than ${MAX_MODULE_LENGTH} characters`, startOf(file));
}

function startOf(file: string): Location {
  return { file, row: 1, col: 1, offset: 0, end: 0 };
}

function parseFault(message: string, location: Location): RegoFault {
  return { code: 'rego_parse_error', message, location };
}
