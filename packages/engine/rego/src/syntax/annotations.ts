import { isMap, isScalar, type ParsedNode, parseDocument } from 'yaml';
import type { RegoFault } from '../fault.ts';
import { numberFromBigInt } from '../value/number.ts';
import type { Annotations, Comment, Import, Package, Rule } from './ast.ts';
import { formatTerm } from './format-term.ts';
import type { Location } from './location.ts';

type Scope = Annotations['scope'];
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What annotations can stand before. */
interface Statements {
  readonly package: Package | undefined;
  readonly imports: readonly Import[];
  readonly rules: readonly Rule[];
}

interface Target {
  readonly kind: 'package' | 'import' | 'rule';
  readonly location: Location;
  readonly rule?: Rule;
}

interface Block {
  readonly location: Location;
  readonly yaml: string;
}

const SCOPES: readonly string[] = ['rule', 'document', 'package', 'subpackages'] satisfies Scope[];

/** Aliases that one block may expand to: a bound against blocks that grow without end. */
const MAX_ALIASES = 100;

class AnnotationFault extends Error {
  /** Line in the YAML, from 1; undefined: the block as a whole. */
  readonly line: number | undefined;

  constructor(message: string, line?: number) {
    super(message);
    this.line = line;
  }
}

/**
 * Reads the `# METADATA` blocks among the comments and ties them to what they stand before: `rule` to the next rule, `document`
 * to all rules of its name, `package` and `subpackages` to the module.
 *
 * @returns all annotations in order, the rules with theirs, and faults worded as OPA does.
 * @see https://www.openpolicyagent.org/docs/policy-language#metadata
 */
export function attachAnnotations(
  comments: readonly Comment[],
  statements: Statements,
): { annotations: readonly Annotations[]; rules: readonly Rule[]; faults: readonly RegoFault[] } {
  const blocks = metadataBlocks(comments);
  if (blocks.length === 0) return { annotations: [], rules: statements.rules, faults: [] };
  const targets = targetsOf(statements);
  const annotations: Annotations[] = [];
  const faults: RegoFault[] = [];
  const ofRules = new Map<Rule, Annotations[]>();
  for (const block of blocks) {
    const target = targets.find(({ location }) => location.row > block.location.row);
    try {
      const item = readBlock(block, target);
      annotations.push(item);
      for (const rule of rulesOf(item, target, statements.rules)) {
        const list = ofRules.get(rule) ?? [];
        list.push(item);
        ofRules.set(rule, list);
      }
    } catch (error) {
      if (!(error instanceof AnnotationFault)) throw error;
      const { location } = block;
      const at = error.line === undefined ? location : { ...location, row: location.row + error.line };
      faults.push({ code: 'rego_parse_error', message: error.message, location: at });
    }
  }
  const rules = statements.rules.map((rule) => {
    const list = ofRules.get(rule);
    return list === undefined ? rule : { ...rule, annotations: list };
  });
  return { annotations, rules, faults };
}

/** Comments at the start of consecutive lines, the first of which says METADATA. */
function metadataBlocks(comments: readonly Comment[]): readonly Block[] {
  const blocks: Block[] = [];
  for (let index = 0; index < comments.length; index++) {
    const first = comments[index];
    if (first === undefined || first.location.col !== 1 || !first.text.trim().startsWith('METADATA')) continue;
    const lines: string[] = [];
    let { end } = first.location;
    for (let next = comments[index + 1]; next !== undefined; next = comments[index + 1]) {
      if (next.location.col !== 1 || next.location.row !== first.location.row + lines.length + 1) break;
      lines.push(next.text);
      end = next.location.end;
      index++;
    }
    blocks.push({ location: { ...first.location, end }, yaml: lines.join('\n') });
  }
  return blocks;
}

function targetsOf({ package: declared, imports, rules }: Statements): readonly Target[] {
  const targets: Target[] = [
    ...imports.map(({ location }): Target => ({ kind: 'import', location })),
    ...rules.map((rule): Target => ({ kind: 'rule', location: rule.location, rule })),
  ];
  if (declared !== undefined) targets.push({ kind: 'package', location: declared.location });
  return targets.sort((left, right) => left.location.offset - right.location.offset);
}

function rulesOf(item: Annotations, target: Target | undefined, rules: readonly Rule[]): readonly Rule[] {
  const rule = target?.rule;
  if (rule === undefined) return [];
  if (item.scope === 'rule') return [rule];
  if (item.scope !== 'document') return [];
  const name = formatTerm(rule.head.ref);
  return rules.filter((other) => other === rule || formatTerm(other.head.ref) === name);
}

function readBlock(block: Block, target: Target | undefined): Annotations {
  const fields = readYaml(block.yaml);
  const entrypoint = boolean(fields, 'entrypoint');
  const scope = text(fields, 'scope') ?? defaultScope(target, entrypoint === true);
  if (!isScope(scope))
    throw new AnnotationFault(
      `invalid annotation scope '${scope}'. Use one of 'rule', 'document', 'package', or 'subpackages'`,
    );
  const ofPackage = scope === 'package' || scope === 'subpackages';
  const wanted = ofPackage ? 'package' : 'rule';
  if (target?.kind !== wanted)
    throw new AnnotationFault(
      `annotation scope '${scope}' must be applied to ${wanted} (have ${target?.kind ?? 'nothing'})`,
    );
  if (entrypoint === true && scope !== 'document' && scope !== 'package')
    throw new AnnotationFault(`annotation entrypoint applied to non-document or package scope '${scope}'`);
  const item: Mutable<Annotations> = { location: block.location, scope };
  const title = text(fields, 'title');
  if (title !== undefined) item.title = title;
  const description = text(fields, 'description');
  if (description !== undefined) item.description = description;
  if (entrypoint === true) item.entrypoint = true;
  const organizations = list(fields, 'organizations', '[]string');
  if (organizations !== undefined) item.organizations = organizations.map((name) => `${name}`);
  const resources = list(fields, 'related_resources', '[]interface {}');
  if (resources !== undefined) item.relatedResources = resources.map(relatedResource);
  const authors = list(fields, 'authors', '[]interface {}');
  if (authors !== undefined) item.authors = authors.map(author);
  const schemas = list(fields, 'schemas', '[]map[string]interface {}');
  if (schemas !== undefined) item.schemas = schemas.flatMap(schemaEntries);
  const custom = fields.custom;
  if (custom !== undefined && custom !== null) {
    if (!isRecord(custom)) throw mismatch('custom', custom, 'map[string]interface {}');
    item.custom = custom;
  }
  return item;
}

function isScope(scope: string): scope is Scope {
  return SCOPES.includes(scope);
}

function defaultScope(target: Target | undefined, entrypoint: boolean): string {
  if (target === undefined) return '';
  return target.kind === 'rule' && entrypoint ? 'document' : target.kind;
}

function readYaml(yaml: string): Readonly<Record<string, unknown>> {
  if (yaml.trim() === '') throw new AnnotationFault('expected METADATA block, found whitespace');
  const document = parseDocument(yaml, {
    intAsBigInt: true,
    uniqueKeys: true,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const [error] = document.errors;
  if (error !== undefined) {
    const line = yaml.slice(0, error.pos[0]).split('\n').length;
    throw new AnnotationFault(`yaml: line ${line}: ${error.message}`, line);
  }
  const root: ParsedNode | null = document.contents;
  if (!isMap(root)) {
    const shown = isScalar(root) ? ` \`${root.value}\`` : '';
    throw new AnnotationFault(`yaml: cannot unmarshal${shown} into annotations`, 1);
  }
  try {
    return exactNumbers(document.toJS({ maxAliasCount: MAX_ALIASES })) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw new AnnotationFault(`yaml: ${cause instanceof Error ? cause.message : 'unreadable'}`, 1);
  }
}

/** Integers as numbers of Rego: those beyond 2^53 keep their digits. */
function exactNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') return numberFromBigInt(value);
  if (Array.isArray(value)) return value.map(exactNumbers);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, exactNumbers(item)]));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function text(fields: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'object') throw mismatch(name, value, 'string');
  return `${value as string | number | boolean}`;
}

function boolean(fields: Readonly<Record<string, unknown>>, name: string): boolean | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw mismatch(name, value, 'bool');
  return value;
}

function list(fields: Readonly<Record<string, unknown>>, name: string, type: string): readonly unknown[] | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw mismatch(name, value, type);
  return value;
}

function mismatch(name: string, value: unknown, type: string): AnnotationFault {
  const shown = typeof value === 'object' ? (Array.isArray(value) ? 'a list' : 'a map') : `\`${value as string}\``;
  return new AnnotationFault(`yaml: unmarshal errors: cannot unmarshal ${shown} of ${name} into ${type}`, 1);
}

function relatedResource(value: unknown): { readonly ref: string; readonly description?: string } {
  const invalid = (reason: string): AnnotationFault =>
    new AnnotationFault(`invalid related-resource definition ${shown(value)}: ${reason}`);
  if (typeof value === 'string') {
    if (value.trim() === '') throw invalid('ref URL may not be empty string');
    return { ref: value };
  }
  if (!isRecord(value)) throw invalid('invalid value type, must be string or map');
  const { ref, description } = value;
  if (typeof ref !== 'string' || ref === '') throw invalid("'ref' value required in object");
  return typeof description === 'string' ? { ref, description } : { ref };
}

function author(value: unknown): { readonly name?: string; readonly email?: string } {
  const invalid = (reason: string): AnnotationFault =>
    new AnnotationFault(`invalid author definition ${shown(value)}: ${reason}`);
  if (typeof value === 'string') {
    const words = value.split(/\s+/).filter((word) => word !== '');
    const last = words.at(-1);
    if (last === undefined) throw invalid('author is an empty string');
    if (!/^<.+>$/.test(last)) return { name: words.join(' ') };
    return { name: words.slice(0, -1).join(' '), email: last.slice(1, -1) };
  }
  if (!isRecord(value)) throw invalid('invalid value type, must be string or map');
  const name = typeof value.name === 'string' ? value.name : '';
  const email = typeof value.email === 'string' ? value.email : '';
  if (name === '' && email === '') throw invalid("'name' and/or 'email' values required in object");
  return email === '' ? { name } : { name, email };
}

function schemaEntries(value: unknown): { path: string; schema?: string; definition?: unknown }[] {
  if (!isRecord(value)) throw mismatch('schemas', value, '[]map[string]interface {}');
  return Object.entries(value).map(([path, schema]) => {
    if (!/^(input|data)(\.|\[|$)/.test(path)) throw new AnnotationFault('invalid document reference');
    if (typeof schema === 'string') {
      if (!/^schema(\.|\[|$)/.test(schema)) throw new AnnotationFault('invalid schema reference');
      return { path, schema };
    }
    if (!isRecord(schema)) throw new AnnotationFault(`invalid schema declaration for path "${path}"`);
    return { path, definition: schema };
  });
}

function shown(value: unknown): string {
  if (typeof value === 'string') return value;
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? `${item}` : item)) ?? '';
}
