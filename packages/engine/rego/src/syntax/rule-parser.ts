import type { RegoFault } from '../fault.ts';
import type { Body, Expr, Head, Import, Package, RefTerm, RegoVersion, Rule, Term, VarTerm } from './ast.ts';
import { formatTerm } from './format-term.ts';
import type { Location } from './location.ts';
import { isConstant, notConstant } from './term-order.ts';
import { kindName, TermParser } from './term-parser.ts';
import { FUTURE_KEYWORDS, MAX_DEPTH, type Mark, SyntaxFailure } from './token-cursor.ts';
import { isDeeperThan } from './tree-height.ts';

const IMPORT_ROOTS = ['data', 'future', 'input', 'rego'];

/** Future keywords that OPA has and this parser does not know yet (#3183, #7602, #8999 there): the import is refused. */
const ALL_FUTURE_KEYWORDS = ['and', 'contains', 'every', 'if', 'in', 'not', 'or'];

/** Faults of one module that are told; a file that is no Rego at all has no use for more. */
const MAX_FAULTS = 100;

/** A body with how it was introduced. */
interface WrittenBody {
  readonly body: Body;
  readonly generated: boolean;
}

export interface ParsedStatements {
  readonly package: Package | undefined;
  readonly imports: readonly Import[];
  readonly rules: readonly Rule[];
  readonly faults: readonly RegoFault[];
  readonly version: RegoVersion;
}

/** Statements of a module: package, imports, rules. */
export class RuleParser extends TermParser {
  readonly #faults: RegoFault[] = [];
  readonly #rules: Rule[] = [];
  readonly #imports: Import[] = [];
  #package: Package | undefined;
  #version: RegoVersion = 'v0';
  /** Index of the first token of the rule that is being read. */
  #ruleStart = 0;

  /** Reads all statements; behind an error goes on at the next line that begins with a name. */
  module(version: RegoVersion): ParsedStatements {
    this.#version = version;
    while (!this.is('eof') && this.#faults.length < MAX_FAULTS) {
      try {
        this.#statement();
      } catch (error) {
        if (!(error instanceof SyntaxFailure)) throw error;
        this.#faults.push(error.toFault());
        if (error.final) break;
        this.#skip(error.location);
      }
    }
    return {
      package: this.#package,
      imports: this.#imports,
      rules: this.#rules,
      faults: this.#faults,
      version: this.#version,
    };
  }

  #skip(from: Location): void {
    while (!this.is('eof')) {
      const { kind, location } = this.current;
      if (kind === 'ident' && location.col === 1 && location.row > from.row) return;
      this.next();
    }
  }

  #fault(message: string, location: Location): void {
    this.#faults.push({ code: 'rego_parse_error', message, location });
  }

  #statement(): void {
    const start = this.current.location;
    if (this.isKeyword('package')) {
      const declared = this.#packageClause();
      if (this.#package !== undefined) this.fail('unexpected package', start);
      this.#package = declared;
      return;
    }
    if (this.#package === undefined && this.#faults.length === 0) this.#fault('package expected', start);
    if (this.isKeyword('import')) this.#imports.push(this.#import());
    else this.#rule();
  }

  #packageClause(): Package {
    const { location } = this.next();
    if (!this.is('ident') || (this.isReserved() && this.current.text !== 'contains')) this.unexpected();
    const path = this.primary();
    if (path.kind === 'var') return { location, path: [path.name] };
    if (path.kind !== 'ref' || path.head.kind !== 'var') this.fail('package must be a reference', path.location);
    const names = path.args.map((part) => {
      if (part.kind !== 'string') this.fail(`unexpected ${kindName(part)} token: expecting string`, part.location);
      return part.value;
    });
    return { location, path: [path.head.name, ...names] };
  }

  #import(): Import {
    const start = this.next().location;
    if (!this.is('ident') || this.isReserved()) this.unexpected();
    const path = this.primary();
    if (path.kind !== 'var' && path.kind !== 'ref') this.fail('import must be a reference', path.location);
    const names = importNames(path);
    for (const part of path.kind === 'ref' ? path.args : [])
      if (part.kind !== 'string') this.fail(`unexpected ${kindName(part)} token: expecting string`, part.location);
    const root = names[0] ?? '';
    if (!IMPORT_ROOTS.includes(root))
      this.fail(
        `unexpected import path, must begin with one of: {${IMPORT_ROOTS.join(', ')}}, got: ${root} (hint: if this is unexpected, try updating OPA)`,
        path.location,
      );
    let alias: string | undefined;
    if (this.isKeyword('as')) {
      this.next();
      if (!this.is('ident') || this.isReserved()) this.unexpected('expected var');
      if (root === 'future' || root === 'rego') this.fail(`\`${root}\` imports cannot be aliased`);
      alias = this.next().text;
    }
    if (root === 'future') this.#importKeywords(names, path.location);
    if (root === 'rego') this.#importVersion(names, path.location);
    const location = this.spanFrom(start);
    return alias === undefined ? { location, path } : { location, path, alias };
  }

  #importKeywords(names: readonly string[], location: Location): void {
    if (names[1] !== 'keywords' || names.length > 3) this.fail('invalid import, must be `future.keywords`', location);
    const word = names[2];
    for (const keyword of FUTURE_KEYWORDS) if (word === undefined || word === keyword) this.keywords.add(keyword);
    if (word === 'every') this.keywords.add('in');
    if (word === undefined || (FUTURE_KEYWORDS as readonly string[]).includes(word)) return;
    const known = ALL_FUTURE_KEYWORDS.includes(word);
    this.fail(
      known
        ? `keyword \`${word}\` is not supported`
        : `unexpected keyword, must be one of [${ALL_FUTURE_KEYWORDS.join(' ')}]`,
      location,
    );
  }

  #importVersion(names: readonly string[], location: Location): void {
    if (names.length !== 2 || names[1] !== 'v1') this.fail('invalid import `rego`, must be `rego.v1`', location);
    this.#version = 'v1';
    for (const keyword of FUTURE_KEYWORDS) this.keywords.add(keyword);
  }

  #rule(): void {
    const start = this.current.location;
    this.#ruleStart = this.mark().index;
    const isDefault = this.isKeyword('default');
    if (isDefault) this.next();
    const { ref, args } = this.#headRef(isDefault);
    const headEnd = this.previous.location;
    const withoutValue = { location: this.spanFrom(start), ref, ...(args === undefined ? {} : { args }) };
    let head: Head;
    let valueWritten = false;
    if (this.isKeyword('contains')) {
      if (args !== undefined)
        this.unexpected(
          `the contains keyword can only be used with multi-value rule definitions (e.g., ${formatTerm(ref)} contains <VALUE> { ... })`,
        );
      this.next();
      const key = this.term();
      head = { ...withoutValue, location: this.spanFrom(start), key, assign: false };
    } else if (this.is('=') || this.is(':=')) {
      const assign = this.next().kind === ':=';
      const value = this.memberTerm();
      valueWritten = true;
      head = { ...withoutValue, location: this.spanFrom(start), value, assign };
    } else {
      const value: Term = { kind: 'boolean', location: withoutValue.location, value: true };
      head = { ...withoutValue, value, assign: false, generatedValue: true };
    }
    if (this.is('=') || this.is(':=')) this.unexpected();
    if (isDefault) {
      this.#pushDefault(head, start);
      return;
    }
    const conditional = this.isKeyword('if');
    if (head.generatedValue === true && args === undefined && !conditional && !this.is('{'))
      this.#checkBare(head, headEnd);
    const set =
      !valueWritten && head.key === undefined && args === undefined && !conditional ? asSetHead(head) : undefined;
    const written = this.#ruleBody(args !== undefined, start);
    if (set !== undefined && this.#version === 'v1')
      this.#fault('`contains` keyword is required for partial set rules', start);
    head = set ?? head;
    const otherwise = this.#elseChain(head, written);
    if (this.is(';') || this.is(',')) this.unexpected();
    const body = written ?? generatedBody(head);
    this.#push({
      location: this.spanFrom(start),
      isDefault: false,
      head,
      body: body.body,
      ...(body.generated ? { generatedBody: true } : {}),
      ...(otherwise === undefined ? {} : { else: otherwise }),
      annotations: [],
    });
    if (written === undefined || otherwise !== undefined) return;
    while (this.is('{')) {
      const blockStart = this.current.location;
      const block = this.#block();
      if (this.isKeyword('else')) this.unexpected();
      this.#push({ location: this.spanFrom(blockStart), isDefault: false, head, body: block, annotations: [] });
    }
  }

  #push(rule: Rule): void {
    // A tree is never higher than it has tokens, so most rules need no walk.
    const tokens = this.mark().index - this.#ruleStart;
    if (tokens > MAX_DEPTH && isDeeperThan(rule, MAX_DEPTH))
      this.fail('max parsing recursion depth exceeded', rule.location);
    this.#rules.push(rule);
  }

  #headRef(isDefault: boolean): { ref: VarTerm | RefTerm; args: readonly Term[] | undefined } {
    const { text, location } = this.current;
    if (this.isReserved() && (this.keywords as ReadonlySet<string>).has(text))
      this.fail(`${text} keyword cannot be used for rule name`);
    const term = this.primary();
    const name = term.kind === 'call' ? term.operator : term;
    if (name.kind === 'var') return { ref: name, args: parameters(term) };
    if (name.kind === 'ref') {
      if (name.head.kind === 'call') this.fail(`invalid rule head: ${formatTerm(name)}`, location);
      if (name.head.kind === 'var') return { ref: name, args: parameters(term) };
      this.fail(`${kindName(name.head)} cannot be used for rule name`, location);
    }
    return this.fail(
      isDefault ? 'unexpected default keyword' : `${kindName(name)} cannot be used for rule name`,
      location,
    );
  }

  /** Of a head with nothing behind it. */
  #checkBare(head: Head, end: Location): void {
    const { ref, location } = head;
    if (this.is('=') || this.is('{')) return;
    if (this.isKeyword('else')) this.unexpected();
    if (this.#isInfix()) this.fail('rule name conflicts with built-in function', location);
    if (ref.kind === 'var') {
      const sameRow = this.current.location.row === end.row ? this.futureHint() : '';
      this.fail(`var cannot be used for rule name${sameRow}`, location);
    }
    if (this.#version === 'v0' && ref.args.length === 1) return;
    this.fail(
      ref.args.length === 1
        ? '`contains` keyword is required for partial set rules'
        : 'rule must have value assignment and/or body declaration',
      location,
    );
  }

  #isInfix(): boolean {
    return /^(==|!=|<=?|>=?|[-+*/%&|])$/.test(this.current.kind);
  }

  /** `if {…}`, `if expression`, `{…}`; undefined without any of these. */
  #ruleBody(isFunction: boolean, start: Location, isElse = false): WrittenBody | undefined {
    if (this.isKeyword('if')) {
      this.next();
      return { body: this.is('{') ? this.#blockOrLiteral(isElse) : [this.#single()], generated: false };
    }
    if (!this.is('{')) return undefined;
    if (this.#version === 'v1')
      this.#fault(`\`if\` keyword is required before ${isFunction ? 'function' : 'rule'} body`, start);
    return { body: this.#block(), generated: false };
  }

  #single(): Expr {
    const expr = this.literal();
    if (this.is(';') || this.is(',')) this.unexpected();
    return expr;
  }

  #block(): Body {
    this.next();
    const body = this.body('}');
    this.next();
    return body;
  }

  /**
   * Behind `if`, braces begin a term when they can be one (`if {x | p(x)} == ys`, `if {"a": 1}[k]`, also `if {x | p(x)}`), but a
   * set alone is a body. Behind `else if` they are a body when they can be one and nothing makes it go on as a term.
   */
  #blockOrLiteral(isElse: boolean): Body {
    const mark = this.mark();
    const preferred = this.#attemptAt(mark, () => (isElse ? this.#bodyAlone() : this.#termAlone()));
    if (Array.isArray(preferred)) return preferred;
    const other = this.#attemptAt(mark, () => (isElse ? [this.#single()] : this.#block()));
    if (Array.isArray(other)) return other;
    const [ofTerm, ofBody] = isElse ? [other, preferred] : [preferred, other];
    throw ofTerm.location.offset > ofBody.location.offset ? ofTerm : ofBody;
  }

  #attemptAt(mark: Mark, parse: () => Body): Expr[] | SyntaxFailure {
    this.reset(mark);
    try {
      return [...parse()];
    } catch (error) {
      if (!(error instanceof SyntaxFailure) || error.final) throw error;
      return error;
    }
  }

  #termAlone(): Body {
    const start = this.current.location;
    const expr = this.#single();
    const term = expr.what.kind === 'term' ? expr.what.term : undefined;
    if (term?.kind === 'object' && term.entries.length === 0) this.fail('found empty body', this.previous.location);
    if (term?.kind === 'set') this.fail('a set is a body', start);
    return [expr];
  }

  #bodyAlone(): Body {
    const start = this.current.location;
    const body = this.#block();
    if (this.#continuesTerm()) this.fail('braces of a term', start);
    return body;
  }

  #continuesTerm(): boolean {
    return (
      this.#isInfix() ||
      this.is('=') ||
      this.is(':=') ||
      this.adjacent('[') ||
      this.adjacent('.') ||
      this.isKeyword('in') ||
      this.isKeyword('with')
    );
  }

  #elseChain(head: Head, written: WrittenBody | undefined): Rule | undefined {
    if (!this.isKeyword('else')) return undefined;
    if (written === undefined) this.unexpected();
    if (head.key !== undefined) this.fail('else keyword cannot be used on multi-value rules');
    if (head.ref.kind === 'ref' && head.ref.args.some((part) => !isConstant(part)))
      this.fail('else keyword cannot be used on rules with variables in head');
    const links: Omit<Rule, 'else'>[] = [];
    while (this.isKeyword('else')) links.push(this.#elseLink(head));
    if (this.is('{')) this.fail('expected else keyword');
    if (links.length > MAX_DEPTH) this.fail('max parsing recursion depth exceeded', head.location);
    return links.reduceRight<Rule | undefined>(
      (inner, link) => (inner === undefined ? link : { ...link, else: inner }),
      undefined,
    );
  }

  #elseLink({ ref, args }: Head): Omit<Rule, 'else'> {
    const start = this.next().location;
    const common = { ref, ...(args === undefined ? {} : { args: args.map((arg) => this.#freshWildcard(arg)) }) };
    let head: Head;
    if (this.is('=') || this.is(':=')) {
      const assign = this.next().kind === ':=';
      const value = this.memberTerm();
      head = { ...common, location: this.spanFrom(start), value, assign };
    } else {
      const value: Term = { kind: 'boolean', location: start, value: true };
      head = { ...common, location: start, value, assign: false, generatedValue: true };
      if (!this.is('{') && !this.isKeyword('if')) this.unexpected('expected else value term or rule body');
    }
    const body = this.#ruleBody(false, start, true) ?? generatedBody(head);
    return {
      location: this.spanFrom(start),
      isDefault: false,
      head,
      body: body.body,
      ...(body.generated ? { generatedBody: true } : {}),
      annotations: [],
    };
  }

  /** Parameters that are wildcards are other ones in each `else`. */
  #freshWildcard(parameter: Term): Term {
    if (parameter.kind !== 'var' || !parameter.name.startsWith('$')) return parameter;
    return { ...parameter, name: `$${this.wildcards++}` };
  }

  /** Why the head can't be that of a default rule. Functions of v0 may have constants for parameters. */
  #defaultFault({ value, args = [] }: Head): string | undefined {
    if (value === undefined) return 'must have a value';
    const inner = notConstant(value);
    if (inner !== undefined) return `value cannot contain ${kindName(inner)}`;
    const seen = new Set<string>();
    for (const arg of args)
      if (arg.kind === 'var') {
        if (seen.has(arg.name)) return `arguments cannot be repeated ${arg.name}`;
        seen.add(arg.name);
      } else if (this.#version === 'v1' || notConstant(arg) !== undefined)
        return `arguments cannot contain ${kindName(arg)}`;
    return undefined;
  }

  #pushDefault(head: Head, start: Location): void {
    if (this.isKeyword('if') || this.is('{')) this.unexpected();
    const reason = this.#defaultFault(head);
    if (reason !== undefined) this.fail(`illegal default rule (${reason})`, start);
    const { body } = generatedBody(head);
    this.#push({ location: this.spanFrom(start), isDefault: true, head, body, generatedBody: true, annotations: [] });
  }
}

/** Of `f()` none: it is the same as `f`. */
function parameters(term: Term): readonly Term[] | undefined {
  return term.kind === 'call' && term.args.length > 0 ? term.args : undefined;
}

/** v0: `p[x]` and `p.x` without a value are sets. */
function asSetHead(head: Head): Head | undefined {
  const { ref, location } = head;
  if (ref.kind !== 'ref' || ref.head.kind !== 'var' || ref.args.length !== 1) return undefined;
  const key = ref.args[0];
  return key === undefined ? undefined : { location, ref: ref.head, key, assign: false };
}

function generatedBody(head: Head): WrittenBody {
  const location = head.value?.location ?? head.location;
  const term: Term = { kind: 'boolean', location, value: true };
  return {
    body: [{ location, negated: false, what: { kind: 'term', term }, with: [], generated: true }],
    generated: true,
  };
}

/** `data.a.b` as names. */
export function importNames(path: VarTerm | RefTerm): readonly string[] {
  if (path.kind === 'var') return [path.name];
  const head = path.head.kind === 'var' ? path.head.name : '';
  return [head, ...path.args.map((part) => (part.kind === 'string' ? part.value : ''))];
}
