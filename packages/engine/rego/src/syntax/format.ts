import type { Head, Import, Module, RegoVersion, Rule, Term } from './ast.ts';
import { ExprFormatter } from './expr-formatter.ts';
import { formatTerm } from './format-term.ts';
import type { Location } from './location.ts';
import { importNames } from './rule-parser.ts';
import { compareTerms } from './term-order.ts';

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

class ModuleFormatter extends ExprFormatter {
  readonly #module: Module;
  /** `import rego.v1` is added, imports of future keywords go. */
  readonly #converts: boolean;
  readonly #writesIf: boolean;
  readonly #writesContains: boolean;
  readonly #writesAssign: boolean;
  /** A blank line must come before whatever is next. */
  #separate = false;

  constructor(module: Module, { source, to }: FormatOptions) {
    super(module.comments, source);
    this.#module = module;
    this.#converts = module.version === 'v0' && to === 'v1';
    const modern = module.version === 'v1' || this.#converts;
    const imported = new Set(module.imports.map(({ path }) => formatTerm(path)));
    const has = (word: string): boolean =>
      modern || imported.has('future.keywords') || imported.has(`future.keywords.${word}`);
    this.#writesIf = has('if');
    this.#writesContains = has('contains');
    this.#writesAssign = modern;
  }

  module(): string {
    const { package: declared, rules } = this.#module;
    this.#comments(declared.location.row);
    const [first = '', ...rest] = declared.path;
    this.write(`package ${first}`);
    this.refArgs(rest.map((value): Term => ({ kind: 'string', location: declared.location, value })));
    this.#end(this.endRow(declared.location));
    this.#imports();
    let previous: Rule | undefined;
    let previousLine = 0;
    for (const rule of rules) {
      const hadComments = this.#comments(rule.location.row) > 0;
      const groups =
        previous !== undefined && !hadComments && this.#writesIf && !this.isMultiline(previousLine) && isGrouped(previous, rule, this.endRow(previous.location));
      if (!groups) this.#separator(rule.location.row);
      const line = this.lineCount;
      this.#rule(rule);
      if (groups && this.isMultiline(line)) this.blankLineAt(line);
      this.#separate = true;
      previous = rule;
      previousLine = line;
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
      const firstRow = Math.min(...group.map(({ location }) => location.row));
      this.#comments(firstRow);
      this.#separator(firstRow);
      for (const item of [...group].sort(compareImports)) {
        const path = formatImport(item, (term) => formatTerm(term));
        this.write(`import ${path}`);
        if (item.alias !== undefined) this.write(` as ${item.alias}`);
        this.breakLine();
      }
      this.startBlock(Math.max(...group.map(({ location }) => location.row)));
      this.#separate = true;
    }
  }

  /** Imports on consecutive lines without a comment line between them. */
  #importGroups(): readonly (readonly Import[])[] {
    const groups: Import[][] = [];
    let row = Number.NEGATIVE_INFINITY;
    const { imports, comments, package: declared } = this.#module;
    const kept = this.#converts ? imports.filter(({ path }) => importNames(path)[0] !== 'future') : imports;
    for (const item of kept) {
      const group = groups.at(-1);
      const consecutive = item.location.row - row === 1 || item.location.row === row;
      if (group !== undefined && consecutive) group.push(item);
      else groups.push([item]);
      row = this.endRow(item.location);
    }
    void comments;
    if (this.#converts) {
      const path: Term = {
        kind: 'ref',
        location: declared.location,
        head: { kind: 'var', location: declared.location, name: 'rego' },
        args: [{ kind: 'string', location: declared.location, value: 'v1' }],
      };
      const added: Import = { location: groups[0]?.[0]?.location ?? declared.location, path };
      if (groups[0] === undefined) groups.push([added]);
      else groups[0].push(added);
    }
    return groups;
  }

  #rule(rule: Rule): void {
    if (rule.isDefault) this.write('default ');
    this.#head(rule);
    const end = this.#ruleBody(rule);
    let braces = end.braces;
    let row = end.row;
    for (let link = rule.else; link !== undefined; link = link.else) {
      if (braces && !this.#commentOn(row)) this.write(' ');
      else {
        this.endLine(row);
        this.commentsBefore(link.location.row, true);
        this.blankLine();
      }
      this.write('else');
      this.#value(link);
      const linkEnd = this.#ruleBody(link);
      braces = linkEnd.braces;
      row = linkEnd.row;
    }
    this.endLine(row);
  }

  #commentOn(row: number): boolean {
    const next = this.nextCommentRow();
    return next !== undefined && next <= row;
  }

  #head(rule: Rule): void {
    const { ref, args, key } = rule.head;
    this.term(ref);
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

  /** The value, unless it is the `true` that a body gives anyway. */
  #value({ head, generatedBody, isDefault }: Rule): void {
    const { value } = head;
    if (value === undefined || head.generatedValue === true) return;
    if (value.kind === 'boolean' && value.value && generatedBody !== true && !isDefault) return;
    this.write(head.assign || this.#writesAssign ? ' := ' : ' = ');
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
      link === undefined ? rule.location : { ...rule.location, end: rule.body.at(-1)?.location.end ?? rule.location.end };
    const headRow = this.endRow(rule.head.location);
    if (rule.generatedBody === true) return { braces: false, row: headRow };
    const [only] = rule.body;
    if (this.#writesIf) this.write(' if');
    this.write(' ');
    const oneLine =
      this.#writesIf && rule.body.length === 1 && only !== undefined && only.location.row === headRow && !beginsWithBrace(only);
    if (oneLine) {
      this.expr(only);
      return { braces: false, row: this.endRow(only.location) };
    }
    const end = link === undefined ? location.end : link.location.offset;
    const closing = link === undefined ? location.end : this.#closingBrace(rule);
    this.block(rule.body, headRow, Math.min(end, closing));
    return { braces: true, row: this.endRow({ ...rule.location, end: closing }) };
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

/** One-line rules on consecutive lines stay together. */
function isGrouped(previous: Rule, rule: Rule, previousEnd: number): boolean {
  if (previous.isDefault || rule.isDefault || previous.else !== undefined || rule.else !== undefined) return false;
  return rule.location.row - previousEnd === 1;
}

function compareImports(left: Import, right: Import): number {
  const order = compareTerms(left.path, right.path);
  return order !== 0 ? order : (left.alias ?? '') < (right.alias ?? '') ? -1 : 1;
}

function formatImport({ path }: Import, format: (term: Term) => string): string {
  return format(path);
}

/** Behind `if` it would read as a body. */
function beginsWithBrace({ negated, what }: Rule['body'][number]): boolean {
  if (negated || what.kind !== 'term') return false;
  let term = what.term;
  for (;;) {
    if (term.kind === 'ref') term = term.head;
    else if (term.kind === 'call' && term.infix === true && term.args[0] !== undefined) term = term.args[0];
    else return ['set', 'object', 'setComprehension', 'objectComprehension'].includes(term.kind);
  }
}

export type { Head };
