import type { RegoFault } from '../fault.ts';
import type { Import, Module, RegoVersion, Rule, Term } from './ast.ts';
import { ExprFormatter, isKeyword, type RefStyle } from './expr-formatter.ts';
import { formatTerm } from './format-term.ts';
import type { Location } from './location.ts';
import { type ParseModuleOptions, parseModule } from './parser.ts';
import { importNames } from './rule-parser.ts';
import { compareTerms, isConstant } from './term-order.ts';

export interface FormatOptions {
  /**
   * The text that the module was read from. With it strings stay as they are written and lists that end on another line than
   * they begin stay on several lines. Default: as far as the places of the nodes tell.
   */
  readonly source?: string;
  /** `v1` writes a v0 module with `if` and `contains` under `import rego.v1`, so that it is both. Default: as it was read. */
  readonly to?: RegoVersion;
}

/** Formats a module as `opa fmt` does. Comments are kept; reading the result gives the same module. */
export function formatModule(module: Module, options: FormatOptions = {}): string {
  return new ModuleFormatter(module, options).module();
}

/**
 * Reads a module and formats it.
 *
 * @returns the text, or the faults of {@link parseModule}
 */
export function formatText(
  source: string,
  options: ParseModuleOptions & Pick<FormatOptions, 'to'>,
): { text?: string; faults: readonly RegoFault[] } {
  const { to } = options;
  const { module, faults } = parseModule(source, options);
  if (module === undefined) return { faults };
  return { text: formatModule(module, to === undefined ? { source } : { source, to }), faults };
}

class ModuleFormatter extends ExprFormatter {
  readonly #module: Module;
  /** `import rego.v1` is added, imports of future keywords go. */
  readonly #converts: boolean;
  readonly #writesIf: boolean;
  readonly #writesContains: boolean;
  readonly #writesAssign: boolean;
  /** `import rego.v1` where it is to be added. */
  readonly #added: Import | undefined;
  readonly #hasLongRefs: boolean;
  /** A blank line must come before whatever is next. */
  #separate = false;

  constructor(module: Module, { source, to }: FormatOptions) {
    super(module.comments, source);
    this.#module = module;
    this.#hasLongRefs = module.rules.some(({ head }) => head.ref.kind === 'ref' && head.ref.args.length > 1);
    this.#converts = module.version === 'v0' && to === 'v1';
    const modern = module.version === 'v1' || this.#converts;
    const imported = new Set(module.imports.map(({ path }) => formatTerm(path)));
    const has = (word: string): boolean =>
      modern || imported.has('future.keywords') || imported.has(`future.keywords.${word}`);
    this.#writesIf = has('if');
    this.#writesContains = has('contains');
    this.#writesAssign = modern;
    this.#added = this.#converts ? regoV1Import(module.package.location) : undefined;
  }

  module(): string {
    const { package: declared, rules } = this.#module;
    this.#comments(declared.location.row);
    const [first = '', ...rest] = declared.path;
    this.write(`package ${first}`);
    this.refArgs(
      rest.map((value): Term => ({ kind: 'string', location: declared.location, value })),
      'points',
    );
    this.#end(this.endRow(declared.location));
    this.#imports();
    let previous: Rule | undefined;
    let previousMultiline = false;
    for (const rule of rules) {
      const hadComments = this.#comments(rule.location.row) > 0;
      const groups =
        previous !== undefined &&
        !hadComments &&
        this.#writesIf &&
        !previousMultiline &&
        isGrouped(previous, rule, this.endRow(previous.location));
      if (!groups) this.#separator(rule.location.row);
      const line = this.lineCount;
      this.#rule(rule);
      previousMultiline = this.isMultiline(line);
      if (groups && previousMultiline && rule.body.length > 1) this.blankLineAt(line);
      this.#separate = true;
      previous = rule;
    }
    this.#comments(Number.POSITIVE_INFINITY);
    return this.text();
  }

  /** Comments before `row`, with a blank line before the first where one must come. */
  #comments(row: number): number {
    const next = this.nextCommentRow();
    if (next === undefined || next >= row) return 0;
    if (this.#separate) this.blankLine();
    if (this.#separate) this.startBlock(next);
    this.#separate = false;
    return this.commentsBefore(row, true);
  }

  #separator(row: number): void {
    if (this.#separate) this.blankLine();
    else this.keepGap(row);
    this.#separate = false;
  }

  #end(row: number): void {
    this.endLine(row);
    this.#separate = true;
  }

  #imports(): void {
    for (const group of this.#importGroups()) {
      const rows = group.map(({ location }) => location.row);
      const firstRow = Math.min(...rows);
      this.#comments(firstRow);
      this.#separator(firstRow);
      const trailing = this.takeTrailing(Math.max(...rows));
      for (const { path, alias, location } of [...group].sort(compareImports)) {
        this.write(`import ${formatTerm(path)}${alias === undefined ? '' : ` as ${alias}`}`);
        this.breakLine(path === this.#added?.path ? undefined : trailing.get(location.row));
      }
      this.startBlock(Math.max(...rows));
      this.#separate = true;
    }
  }

  /** Imports on consecutive lines. */
  #importGroups(): readonly (readonly Import[])[] {
    const groups: Import[][] = [];
    let row = Number.NEGATIVE_INFINITY;
    for (const item of this.#keptImports()) {
      const group = groups.at(-1);
      if (group !== undefined && item.location.row - row <= 1) group.push(item);
      else groups.push([item]);
      row = this.endRow(item.location);
    }
    return groups;
  }

  /** With `import rego.v1` in the place of those of future keywords, or before all others. */
  #keptImports(): readonly Import[] {
    const { imports } = this.#module;
    const added = this.#added;
    if (added === undefined) return imports;
    const kept = imports.filter(({ path }) => importNames(path)[0] !== 'future');
    const replaced = imports.find((item) => !kept.includes(item));
    const at = { ...added, location: replaced?.location ?? added.location };
    return [...kept, at].sort((left, right) => left.location.offset - right.location.offset);
  }

  #rule(rule: Rule): void {
    if (rule.isDefault) this.write('default ');
    this.#head(rule);
    let before = rule;
    let end = this.#ruleBody(rule);
    for (let link = rule.else; link !== undefined; link = link.else) {
      const { row } = link.location;
      const follows = row === end.row && row !== before.head.location.row;
      if (end.braces && follows && !this.#commentOn(end.row)) this.write(' ');
      else {
        this.endLine(end.row);
        this.commentsBefore(row, true);
        this.blankLine();
      }
      this.write('else');
      this.#value(link);
      before = link;
      end = this.#ruleBody(link);
    }
    this.endLine(end.row);
  }

  #commentOn(row: number): boolean {
    const next = this.nextCommentRow();
    return next !== undefined && next <= row;
  }

  #head(rule: Rule): void {
    const { ref, args, key } = rule.head;
    if (ref.kind === 'ref') {
      this.term(ref.head);
      this.refArgs(ref.args, this.#headStyle(rule));
    } else this.term(ref);
    if (args !== undefined) {
      this.write('(');
      args.forEach((arg, index) => {
        if (index > 0) this.write(', ');
        this.term(arg);
      });
      this.write(')');
    }
    if (key !== undefined) {
      if (this.#writesContains) {
        this.write(' contains ');
        this.term(key);
      } else {
        this.write('[');
        this.term(key);
        this.write(']');
      }
    }
    this.#value(rule);
  }

  /** The name in `p.q := 1` is written as a key unless the module has longer paths. */
  #headStyle({ head, isDefault }: Rule): RefStyle {
    const { ref, value, generatedValue } = head;
    const isKeyed = ref.kind === 'ref' && ref.args.length === 1 && value !== undefined && generatedValue !== true;
    if (!isKeyed || isDefault || this.#hasLongRefs) return 'short';
    return ref.head.kind === 'var' && isKeyword(ref.head.name) ? 'short' : 'brackets';
  }

  /** The value, unless it is the `true` that a body gives anyway. */
  #value(rule: Rule): void {
    const { value, assign, generatedValue } = rule.head;
    if (value === undefined) return;
    const bare = rule.generatedBody === true || this.#dropsBody(rule);
    if (generatedValue === true && (rule.generatedBody === true || !bare)) return;
    if (value.kind === 'boolean' && value.value && !bare && !rule.isDefault) return;
    this.write(assign || this.#writesAssign ? ' := ' : ' = ');
    if (value.kind === 'call' && value.infix === true && value.args.length === 3) {
      this.write('(');
      this.term(value);
      this.write(')');
    } else this.term(value);
  }

  /** How the body ended: behind `}`, and in which row of the source. */
  #ruleBody(rule: Rule): { readonly braces: boolean; readonly row: number } {
    const link = rule.else;
    const location: Location =
      link === undefined
        ? rule.location
        : { ...rule.location, end: rule.body.at(-1)?.location.end ?? rule.location.end };
    const headRow = this.endRow(rule.head.location);
    if (rule.generatedBody === true) return { braces: false, row: headRow };
    if (this.#dropsBody(rule)) return { braces: false, row: this.endRow(rule.location) };
    const [only] = rule.body;
    if (this.#writesIf) this.write(' if');
    this.write(' ');
    const oneLine =
      this.#writesIf &&
      rule.body.length === 1 &&
      only !== undefined &&
      only.location.row === headRow &&
      !readsAsBody(only);
    if (oneLine) {
      this.expr(only);
      return { braces: false, row: this.endRow(only.location) };
    }
    const end = link === undefined ? location.end : link.location.offset;
    const closing = link === undefined ? location.end : this.#closingBrace(rule);
    this.block(rule.body, headRow, Math.min(end, closing));
    return { braces: true, row: this.endRow({ ...rule.location, end: closing }) };
  }

  /** A body that is only `true` goes, unless `else` or a comment needs it. */
  #dropsBody(rule: Rule): boolean {
    if (rule.else !== undefined || !isTrue(rule) || this.hasCommentBefore(rule.location.end)) return false;
    const { generatedValue, ref } = rule.head;
    return generatedValue !== true || ref.kind === 'var' || ref.args.every(isConstant);
  }

  /** Where the body of a rule with `else` ends; without a source behind its last expression. */
  #closingBrace(rule: Rule): number {
    const last = rule.body.at(-1)?.location ?? rule.location;
    const between = this.sourceOf({ ...last, offset: last.end, end: rule.else?.location.offset ?? last.end });
    if (between === undefined) return last.end;
    const blanked = between.replace(/#.*/g, (comment) => ' '.repeat(comment.length));
    const at = blanked.indexOf('}');
    return last.end + (at < 0 ? 0 : at + 1);
  }
}

/** The body is only `true`. */
function isTrue({ body, generatedBody }: Rule): boolean {
  const [only] = body;
  if (body.length !== 1 || only === undefined || only.negated || only.with.length > 0) return false;
  return (
    generatedBody !== true && only.what.kind === 'term' && only.what.term.kind === 'boolean' && only.what.term.value
  );
}

/** One-line rules on consecutive lines stay together. */
function isGrouped(previous: Rule, rule: Rule, previousEnd: number): boolean {
  if (previous.isDefault || rule.isDefault || previous.else !== undefined || rule.else !== undefined) return false;
  return rule.location.row - previousEnd === 1;
}

function compareImports(left: Import, right: Import): number {
  const order = compareTerms(left.path, right.path);
  return order !== 0 ? order : (left.alias ?? '') < (right.alias ?? '') ? -1 : 1;
}

function regoV1Import(location: Location): Import {
  const head: Term = { kind: 'var', location, name: 'rego' };
  return { location, path: { kind: 'ref', location, head, args: [{ kind: 'string', location, value: 'v1' }] } };
}

/** Behind `if` a set alone would read as a body. */
function readsAsBody({ negated, what }: Rule['body'][number]): boolean {
  if (negated || what.kind !== 'term') return false;
  const { term } = what;
  return (term.kind === 'set' && term.items.length > 0) || (term.kind === 'object' && term.entries.length === 0);
}
