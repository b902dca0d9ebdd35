import { type Module, parseModule, type RegoFault, type RegoVersion } from '@sekisho/rego';
import { at, type FieldPath, isRecord, isTexts } from './document.ts';
import { CEL_ENGINE } from './template-cel.ts';

/** A Rego text of a template. */
export interface TemplateModule {
  readonly file: string;
  readonly text: string;
  readonly version: RegoVersion;
  /** The field that holds it. */
  readonly path: FieldPath;
}

/** The Rego of one target of a template. */
export interface TemplateRego {
  readonly source: TemplateModule;
  readonly libs: readonly TemplateModule[];
}

/** What languages a target is written in. */
export interface TargetCode {
  readonly rego: TemplateRego | undefined;
  /** Where the source in CEL is. */
  readonly cel: FieldPath | undefined;
  /** Engines that are not known here. */
  readonly otherEngines: readonly string[];
}

/** Reads `rego` and `libs`, or the entries of `code`: of Rego in both places the former counts. */
export function readCode(target: unknown, path: FieldPath, name: string): TargetCode {
  const code = at(target, 'code');
  const entries = (Array.isArray(code) ? code : []).map((entry: unknown, i) => ({
    engine: String(at(entry, 'engine') ?? ''),
    source: at(entry, 'source'),
    path: [...path, 'code', i, 'source'],
  }));
  const of = (engine: string): (typeof entries)[number] | undefined => entries.find((entry) => entry.engine === engine);
  return {
    rego: readRego(target, path, of('Rego'), name),
    cel: of(CEL_ENGINE)?.path,
    otherEngines: entries.map(({ engine }) => engine).filter((engine) => engine !== 'Rego' && engine !== CEL_ENGINE),
  };
}

function readRego(
  target: unknown,
  path: FieldPath,
  entry: { readonly source: unknown; readonly path: FieldPath } | undefined,
  name: string,
): TemplateRego | undefined {
  const direct = at(target, 'rego');
  if (typeof direct === 'string' && direct !== '') return readModules(target as Record<string, unknown>, path, name);
  const source = entry?.source;
  if (entry === undefined || !isRecord(source) || typeof source['rego'] !== 'string') return undefined;
  return readModules(source, entry.path, name);
}

function readModules(source: Record<string, unknown>, path: FieldPath, name: string): TemplateRego {
  const version: RegoVersion = source['version'] === 'v1' ? 'v1' : 'v0';
  const libs = isTexts(source['libs']) ? source['libs'] : [];
  return {
    source: { file: `${name}.rego`, text: source['rego'] as string, version, path: [...path, 'rego'] },
    libs: libs.map((text, i) => ({ file: `${name}-lib${i}.rego`, text, version, path: [...path, 'libs', i] })),
  };
}

export interface RegoIssue {
  readonly module: TemplateModule;
  readonly message: string;
  /** From 1, in the module's text. */
  readonly row?: number;
  readonly column?: number;
}

/** Checks Gatekeeper's rules for templates, in all modules; those that can't be parsed have only these faults. */
export function checkTemplateRego({ source, libs }: TemplateRego): {
  packagePath: readonly string[];
  issues: RegoIssue[];
} {
  const issues: RegoIssue[] = [];
  const main = parse(source, issues);
  if (main !== undefined) {
    if (!main.rules.some(isViolationRule)) {
      issues.push({ module: source, message: 'has no rule `violation[{"msg": msg}]`', row: 1, column: 1 });
    }
    checkDocuments(main, source, issues);
  }
  for (const lib of libs) {
    const module = parse(lib, issues);
    if (module === undefined) continue;
    if (module.package.path[0] !== 'lib') {
      const { row, col } = module.package.location;
      const name = module.package.path.join('.');
      issues.push({
        module: lib,
        message: `package ${name} must begin with lib: \`package lib.${name}\``,
        row,
        column: col,
      });
    }
    checkDocuments(module, lib, issues);
  }
  return { packagePath: main?.package.path ?? [], issues };
}

function parse(module: TemplateModule, issues: RegoIssue[]): Module | undefined {
  const { module: parsed, faults } = parseModule(module.text, { file: module.file, version: module.version });
  for (const fault of faults) issues.push(issueOf(module, fault));
  return faults.length > 0 ? undefined : parsed;
}

export function issueOf(module: TemplateModule, { message, location }: RegoFault): RegoIssue {
  const place = location === undefined ? {} : { row: location.row, column: location.col };
  return { module, message: message.split('\n')[0] ?? '', ...place };
}

function isViolationRule({ head }: Module['rules'][number]): boolean {
  const name = head.ref.kind === 'var' ? head.ref.name : head.ref.head.kind === 'var' ? head.ref.head.name : '';
  return name === 'violation' && head.args === undefined;
}

const READABLE = ['inventory', 'lib'];

/** Templates read the objects of the cluster and their own libraries, nothing else of `data`. */
function checkDocuments(module: Module, of: TemplateModule, issues: RegoIssue[]): void {
  const note = (name: string | undefined, { row, col }: { row: number; col: number }): void => {
    if (name !== undefined && (READABLE.includes(name) || name === module.package.path[0])) return;
    const what = name === undefined ? 'data as a whole' : `data.${name}`;
    issues.push({
      module: of,
      message: `reads ${what}; only data.inventory and data.lib may be read`,
      row,
      column: col,
    });
  };
  for (const term of termsIn(module)) {
    const isData = (part: AnyTerm | undefined): boolean => part?.kind === 'var' && part.name === 'data';
    if (term.kind !== 'ref' || !isData(term.head)) continue;
    const first = term.args?.[0];
    note(first?.kind === 'string' ? String(first.value) : undefined, term.location);
  }
}

/** What is looked at of a term here. */
interface AnyTerm {
  readonly kind: string;
  readonly name?: string;
  readonly value?: unknown;
  readonly head?: AnyTerm;
  readonly args?: readonly AnyTerm[];
  readonly location: { readonly row: number; readonly col: number };
}

/** Every node of a syntax tree that has a kind. */
function* termsIn(root: unknown): Generator<AnyTerm> {
  const waiting: unknown[] = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (typeof node !== 'object' || node === null) continue;
    if ('kind' in node && 'location' in node) yield node as AnyTerm;
    for (const value of Object.values(node)) if (typeof value === 'object' && value !== null) waiting.push(value);
  }
}
