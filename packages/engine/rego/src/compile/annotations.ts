import type { RegoFault } from '../fault.ts';
import type { Annotations, Module, RefTerm, Rule, Term } from '../syntax/ast.ts';
import { annotationsToJson } from '../syntax/json.ts';
import type { Location } from '../syntax/location.ts';
import { BigNumber } from '../value/number.ts';
import type { PlainObject, Value } from '../value/value.ts';
import type { AnnotatedPath } from './compiled.ts';
import { splitHead } from './rule-tree.ts';
import { fault, stringTerm } from './state.ts';

/** All annotations of some modules, by path and scope. */
export class AnnotationSet {
  readonly faults: RegoFault[] = [];
  readonly #all: AnnotatedPath[] = [];
  readonly #packages = new Map<string, Annotations>();
  readonly #subpackages = new Map<string, Annotations>();
  readonly #documents = new Map<string, Annotations>();

  constructor(modules: readonly Module[]) {
    for (const module of modules) {
      const { path } = module.package;
      for (const item of module.annotations) {
        if (item.scope !== 'package' && item.scope !== 'subpackages') continue;
        const scoped = item.scope === 'package' ? this.#packages : this.#subpackages;
        this.#declare(scoped, path, item, { path: dataRef(path, item.location), annotations: item, module });
      }
      for (const rule of module.rules) this.#rule(module, rule);
    }
  }

  #rule(module: Module, rule: Rule): void {
    if (rule.annotations.length === 0) return;
    const { path } = splitHead(module, rule);
    for (const item of rule.annotations) {
      const entry = { path: dataRef(path, rule.location), annotations: item, rule, module };
      if (item.scope === 'document') this.#declare(this.#documents, path, item, entry);
      else this.#all.push(entry);
    }
  }

  /** One annotation of a scope for each path; that of a document stands at all rules of its module. */
  #declare(scoped: Map<string, Annotations>, path: readonly string[], item: Annotations, entry: AnnotatedPath): void {
    const key = keyOf(path);
    const before = scoped.get(key);
    if (before === item) return;
    if (before === undefined) {
      scoped.set(key, item);
      this.#all.push(entry);
      return;
    }
    const { file, row } = before.location;
    const message = `${item.scope} annotation redeclared: ${file}:${row}`;
    this.faults.push(fault('rego_type_error', message, item.location));
  }

  /** By path, then by place. */
  sorted(): readonly AnnotatedPath[] {
    const keyed = this.#all.map((entry) => ({ entry, key: pathOf(entry.path).join('\0') }));
    keyed.sort((a, b) => (a.key === b.key ? 0 : a.key < b.key ? -1 : 1));
    return keyed.map(({ entry }) => entry);
  }

  /** What `rego.metadata.rule()` gives in a rule. */
  ofRule(rule: Rule): PlainObject {
    const own = rule.annotations.find(({ scope }) => scope === 'rule');
    return own === undefined ? {} : annotationsToJson(own);
  }

  /** What `rego.metadata.chain()` gives in a rule: its annotations, then those around it, outwards. */
  chainOf(module: Module, rule: Rule): readonly Value[] {
    const { path } = splitHead(module, rule);
    const own = rule.annotations.filter(({ scope }) => scope === 'rule');
    const chain: Value[] = own.length === 0 ? [{ path }] : own.map((item) => link(path, item));
    const document = this.#documents.get(keyOf(path));
    if (document !== undefined) chain.push(link(path, document));
    const packagePath = module.package.path;
    const declared = this.#packages.get(keyOf(packagePath));
    if (declared !== undefined) chain.push(link(packagePath, declared));
    for (let length = packagePath.length; length >= 0; length--) {
      const around = packagePath.slice(0, length);
      const item = this.#subpackages.get(keyOf(around));
      if (item !== undefined) chain.push(link(around, item));
    }
    return chain;
  }
}

function link(path: readonly string[], item: Annotations): PlainObject {
  return { path, annotations: annotationsToJson(item) };
}

function keyOf(path: readonly string[]): string {
  return JSON.stringify(path);
}

function dataRef(path: readonly string[], location: Location): RefTerm {
  const args = path.map((name) => stringTerm(name, location));
  return { kind: 'ref', head: { kind: 'var', name: 'data', location }, args, location };
}

function pathOf({ args }: RefTerm): readonly string[] {
  return args.map((arg) => (arg.kind === 'string' ? arg.value : ''));
}

/** A value of JSON as a term. */
export function jsonTerm(value: Value, location: Location): Term {
  if (value === null) return { kind: 'null', location };
  if (typeof value === 'boolean') return { kind: 'boolean', value, location };
  if (typeof value === 'string') return stringTerm(value, location);
  if (typeof value === 'number') return { kind: 'number', value, text: `${value}`, location };
  if (Array.isArray(value)) {
    return { kind: 'array', items: (value as readonly Value[]).map((item) => jsonTerm(item, location)), location };
  }
  if (value instanceof BigNumber) return { kind: 'number', value, text: value.text, location };
  const entries = Object.entries(value as PlainObject);
  return {
    kind: 'object',
    entries: entries.map(([key, item]) => [stringTerm(key, location), jsonTerm(item, location)] as const),
    location,
  };
}
