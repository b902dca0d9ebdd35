import type { PlainObject, Value } from '../value/value.ts';
import type { Annotations, Body, CallTerm, Expr, Module, Rule, Term, With } from './ast.ts';
import { formatTerm } from './format-term.ts';
import type { Location } from './location.ts';
import { isConstant, sortedEntries, sortedMembers } from './term-order.ts';

export interface ModuleJsonOptions {
  /** The text of the module: every node gets `location` with file, row, col and its text in base64. Default none. */
  readonly locationsOf?: string;
  /** Default false. */
  readonly comments?: boolean;
}

type Entries = Record<string, Value>;

/** The JSON form of a module that `opa parse --format json` prints and `rego.parse_module` returns. */
export function moduleToJson(module: Module, options: ModuleJsonOptions = {}): PlainObject {
  return new JsonWriter(options).module(module);
}

/** The JSON form of the body of a query. */
export function bodyToJson(body: Body): Value {
  return new JsonWriter({}).body(body);
}

class JsonWriter {
  readonly #text: string | undefined;
  readonly #comments: boolean;
  #hasIf = false;

  constructor({ locationsOf, comments = false }: ModuleJsonOptions) {
    this.#text = locationsOf;
    this.#comments = comments;
  }

  module(module: Module): PlainObject {
    this.#hasIf =
      module.version === 'v1' || module.imports.some(({ path }) => /^future\.keywords(\.if)?$/.test(formatTerm(path)));
    const json: Entries = {
      package: this.#at(module.package.location, {
        path: this.#parts([
          { kind: 'var', location: module.package.location, name: 'data' },
          ...module.package.path.map((value): Term => ({ kind: 'string', location: module.package.location, value })),
        ]),
      }),
    };
    if (module.annotations.length > 0) json.annotations = module.annotations.map((item) => this.#annotations(item));
    if (module.imports.length > 0)
      json.imports = module.imports.map(({ location, path, alias }) => {
        const entries: Entries = { path: this.#reference(path) };
        if (alias !== undefined) entries.alias = alias;
        return this.#at(location, entries);
      });
    if (module.rules.length > 0) json.rules = module.rules.map((rule) => this.#rule(rule));
    if (this.#comments && module.comments.length > 0)
      json.comments = module.comments.map(({ text, location }) => ({
        Text: base64(text),
        Location: { file: location.file, row: location.row, col: location.col, text: base64(`#${text}`) },
      }));
    return json;
  }

  #rule(rule: Rule, isElse = false): Value {
    const json: Entries = {};
    if (rule.annotations.length > 0) json.annotations = rule.annotations.map((item) => this.#annotations(item));
    json.body = this.body(rule.body);
    if (rule.isDefault) json.default = true;
    if (rule.else !== undefined) json.else = this.#rule(rule.else, true);
    json.head = this.#head(rule, isElse);
    return this.#at(rule.location, json);
  }

  #head({ head, isDefault, generatedBody }: Rule, isElse: boolean): Value {
    const json: Entries = {};
    const { ref } = head;
    const last = ref.kind === 'ref' && ref.args.length === 1 ? ref.args[0] : undefined;
    const single = last !== undefined && head.key === undefined && !isDefault;
    const written = head.value !== undefined && head.generatedValue !== true;
    const withoutIf = written && !isElse && (generatedBody === true || !this.#hasIf);
    if (ref.kind === 'var') json.name = ref.name;
    else if (single && written && (head.args === undefined || generatedBody !== true) && ref.head.kind === 'var')
      json.name = ref.head.name;
    if (head.key !== undefined) json.key = this.#term(head.key);
    else if (single && head.args === undefined && (withoutIf || !isConstant(last))) json.key = this.#term(last);
    if (head.args !== undefined) json.args = this.#parts(head.args);
    if (head.value !== undefined)
      json.value = head.generatedValue === true ? { type: 'boolean', value: true } : this.#term(head.value);
    if (head.assign) json.assign = true;
    json.ref = this.#parts(ref.kind === 'var' ? [ref] : [ref.head, ...ref.args]);
    return this.#at(head.location, json);
  }

  body(body: Body): Value {
    return body.map((expr, index) => this.#expr(expr, index));
  }

  #expr(expr: Expr, index: number): Value {
    const json: Entries = { index, terms: this.#terms(expr) };
    if (expr.negated) json.negated = true;
    if (expr.generated === true) json.generated = true;
    if (expr.with.length > 0) json.with = expr.with.map((item) => this.#with(item));
    return this.#at(expr.location, json);
  }

  #terms({ what, location }: Expr): Value {
    switch (what.kind) {
      case 'term':
        return what.term.kind === 'call' ? this.#call(what.term) : this.#term(what.term);
      case 'some':
        return this.#at(location, { symbols: this.#parts(what.symbols) });
      case 'every':
        return this.#at(location, {
          body: this.body(what.body),
          domain: this.#term(what.domain),
          key: what.key === undefined ? null : this.#term(what.key),
          value: this.#term(what.value),
        });
    }
  }

  #with({ location, target, value }: With): Value {
    return this.#at(location, { target: this.#term(target), value: this.#term(value) });
  }

  #parts(terms: readonly Term[]): readonly Value[] {
    return terms.map((term, index) =>
      index === 0 && term.kind === 'var' ? this.#var(term.name, term.location) : this.#term(term),
    );
  }

  #var(name: string, location: Location): Value {
    return this.#at(location, { type: 'var', value: name });
  }

  #call({ operator, args }: CallTerm): readonly Value[] {
    return [this.#reference(operator), ...args.map((arg) => this.#term(arg))];
  }

  #reference(term: Term): Value {
    return term.kind === 'var'
      ? this.#at(term.location, { type: 'ref', value: [this.#var(term.name, term.location)] })
      : this.#term(term);
  }

  #term(term: Term): Value {
    if (term.kind === 'var')
      return term.name === 'input' || term.name === 'data'
        ? this.#reference(term)
        : this.#var(term.name, term.location);
    return this.#at(term.location, { type: term.kind.toLowerCase(), value: this.#value(term) });
  }

  #value(term: Exclude<Term, { kind: 'var' }>): Value {
    switch (term.kind) {
      case 'null':
        return {};
      case 'boolean':
      case 'number':
      case 'string':
        return term.value;
      case 'ref':
        return this.#parts([term.head, ...term.args]);
      case 'array':
        return term.items.map((item) => this.#term(item));
      case 'set':
        return sortedMembers(term.items).map((item) => this.#term(item));
      case 'object':
        return sortedEntries(term.entries).map(([key, value]) => [this.#term(key), this.#term(value)]);
      case 'call':
        return this.#call(term);
      case 'arrayComprehension':
      case 'setComprehension':
        return { term: this.#term(term.term), body: this.body(term.body) };
      case 'objectComprehension':
        return { key: this.#term(term.key), value: this.#term(term.value), body: this.body(term.body) };
      case 'templateString':
        return {
          parts: term.parts.length === 0 ? null : term.parts.map((part) => this.#part(part)),
          multi_line: term.raw,
        };
    }
  }

  /** A scalar in braces stands as itself. */
  #part(part: Term | Expr): Value {
    if ('kind' in part) return this.#term(part);
    const { what } = part;
    const isScalar = what.kind === 'term' && ['null', 'boolean', 'number', 'string'].includes(what.term.kind);
    return what.kind === 'term' && isScalar ? this.#term(what.term) : this.#expr(part, 0);
  }

  #annotations(item: Annotations): Value {
    const { location } = item;
    const json: Entries = { ...annotationsToJson(item) };
    if (item.schemas !== undefined)
      json.schemas = item.schemas.map(({ path, schema, definition }) => {
        const entry: Entries = { path: dottedRef(path) };
        if (schema !== undefined) entry.schema = dottedRef(schema);
        if (definition !== undefined) entry.definition = definition as Value;
        return entry;
      });
    return this.#at(location, json);
  }

  #at(location: Location, json: Entries): Entries {
    if (this.#text !== undefined) {
      const { file, row, col, offset, end } = location;
      json.location = { file, row, col, text: base64(this.#text.slice(offset, end)) };
    }
    return json;
  }
}

/** Annotations as `rego.metadata.rule` and `opa inspect` show them: without their place. */
export function annotationsToJson(item: Annotations): PlainObject {
  const json: Entries = { scope: item.scope };
  if (item.title !== undefined) json.title = item.title;
  if (item.description !== undefined) json.description = item.description;
  if (item.entrypoint !== undefined) json.entrypoint = item.entrypoint;
  if (item.organizations !== undefined) json.organizations = item.organizations;
  if (item.relatedResources !== undefined) json.related_resources = item.relatedResources as readonly PlainObject[];
  if (item.authors !== undefined)
    json.authors = item.authors.map(
      ({ name = '', email }): PlainObject => (email === undefined ? { name } : { name, email }),
    );
  if (item.schemas !== undefined)
    json.schemas = item.schemas.map(({ path, schema, definition }) => {
      const entry: Entries = { path: path.split('.') };
      if (schema !== undefined) entry.schema = schema.split('.');
      if (definition !== undefined) entry.definition = definition as Value;
      return entry;
    });
  if (item.custom !== undefined) json.custom = item.custom as PlainObject;
  return json;
}

function dottedRef(path: string): readonly Value[] {
  return path.split('.').map((value, index) => ({ type: index === 0 ? 'var' : 'string', value }));
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
