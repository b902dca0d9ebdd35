import { posix } from 'node:path';
import {
  type Annotations,
  annotationsToJson,
  type Manifest,
  type Module,
  parseModule,
  type RegoFault,
  toJson,
} from '@sekisho/rego';
import type { CheckWorld } from '../check/world.ts';
import { ExitCode } from '../exit-code.ts';
import { printable } from '../output/text.ts';
import { boxTable } from './box-table.ts';
import { type FoundBundle, findBundle, openBundle } from './bundle-files.ts';
import { dotted } from './deps-command.ts';
import { RegoFaultsError } from './fault-report.ts';
import { indentJson, listText, objectText } from './json-text.ts';

export interface InspectFlags {
  readonly annotations?: boolean;
  readonly format: 'pretty' | 'json';
  readonly v0Compatible?: boolean;
}

/** Annotations with what they are about. */
interface AnnotatedPlace {
  readonly annotations: Annotations;
  readonly package: readonly string[];
  /** Undefined for packages. */
  readonly rule: readonly string[] | undefined;
  readonly location: { readonly file: string; readonly row: number; readonly col: number };
}

/** `sekisho rego inspect PATH…` */
export async function inspectCommand(
  paths: readonly string[],
  flags: InspectFlags,
  world: CheckWorld,
  signal: AbortSignal,
): Promise<number> {
  for (const path of paths) {
    const found = await findBundle(path, world, signal);
    const version = flags.v0Compatible === true ? 'v0' : 'v1';
    // A manifest makes a bundle of files, which then has to hold.
    const bundle = found.isArchive || found.files.has('.manifest') ? openBundle(found, { version }) : undefined;
    const modules = parseAll(found, version);
    const namespaces = namespacesOf(found, modules);
    const annotated = flags.annotations === true ? modules.flatMap(annotatedPlaces) : undefined;
    world.stdout(
      flags.format === 'json'
        ? jsonText(bundle?.manifest, namespaces, annotated)
        : printable(prettyText(bundle?.manifest, namespaces, annotated)),
    );
  }
  return ExitCode.ok;
}

/** @throws RegoFaultsError with the faults of all files */
function parseAll(found: FoundBundle, version: 'v0' | 'v1'): readonly Module[] {
  const faults: RegoFault[] = [];
  const sources = new Map<string, string>();
  const modules = [...found.files].flatMap(([name, content]) => {
    if (!name.endsWith('.rego')) return [];
    const file = shownPath(found, name);
    const text = new TextDecoder().decode(content);
    sources.set(file, text);
    const parsed = parseModule(text, { file, version });
    faults.push(...parsed.faults);
    return parsed.module === undefined ? [] : [parsed.module];
  });
  if (faults.length > 0) throw new RegoFaultsError('policies', faults, sources);
  return modules;
}

function shownPath({ path, isArchive, files }: FoundBundle, name: string): string {
  if (isArchive) return `/${name}`;
  return files.size === 1 && path.endsWith(name) ? path : posix.join(path, name);
}

/** Packages and folders with data, with the files that fill them. */
function namespacesOf(found: FoundBundle, modules: readonly Module[]): ReadonlyMap<string, readonly string[]> {
  const namespaces = new Map<string, string[]>();
  const add = (path: readonly string[], file: string) => {
    const name = dotted(['data', ...path]);
    namespaces.set(name, [...(namespaces.get(name) ?? []), file]);
  };
  for (const name of found.files.keys())
    if (/(?:^|\/)data\.(?:json|ya?ml)$/.test(name)) add(name.split('/').slice(0, -1), shownPath(found, name));
  for (const module of modules) add(module.package.path, module.file);
  return new Map([...namespaces].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function annotatedPlaces(module: Module): AnnotatedPlace[] {
  const { file } = module;
  const inside = module.package.path;
  const at = ({ row, col }: { row: number; col: number }) => ({ file, row, col });
  const packages = module.annotations
    .filter(({ scope }) => scope === 'package' || scope === 'subpackages')
    .map((annotations) => ({ annotations, package: inside, rule: undefined, location: at(module.package.location) }));
  const rules = module.rules.flatMap((rule) => {
    const { ref } = rule.head;
    const keys = ref.kind === 'ref' ? [ref.head, ...ref.args] : [ref];
    const names = keys.flatMap((key) => (key.kind === 'var' ? [key.name] : key.kind === 'string' ? [key.value] : []));
    return rule.annotations.map((annotations) => ({
      annotations,
      package: inside,
      rule: names,
      location: at(rule.location),
    }));
  });
  const all = [...packages, ...rules].sort((a, b) => a.location.row - b.location.row);
  // Those of a document stand at each of its rules.
  const seen = new Set<number>();
  return all.filter(({ annotations: { location } }) => !seen.has(location.offset) && seen.add(location.offset));
}

function prettyText(
  manifest: Manifest | undefined,
  namespaces: ReadonlyMap<string, readonly string[]>,
  annotated: readonly AnnotatedPlace[] | undefined,
): string {
  let text = '';
  if (manifest !== undefined)
    text += `MANIFEST:\n${boxTable(manifestRows(manifest), { header: ['FIELD', 'VALUE'] })}\n`;
  const rows = [...namespaces].flatMap(([name, files]) => files.map((file, index) => [index === 0 ? name : '', file]));
  text += `NAMESPACES:\n${boxTable(rows, { header: ['NAMESPACE', 'FILE'] })}\n`;
  if (annotated !== undefined && annotated.length > 0) text += `ANNOTATIONS:\n${annotated.map(placeText).join('')}`;
  return text;
}

function manifestRows({ revision, roots, regoVersion, metadata }: Manifest): string[][] {
  const rows: string[][] = [];
  if (regoVersion !== undefined) rows.push(['Rego Version', regoVersion.slice(1)]);
  if (revision !== '') rows.push(['Revision', revision]);
  for (const [index, root] of [...roots].sort().entries())
    if (root !== '') rows.push([index === 0 ? 'Roots' : '', root]);
  if (metadata !== undefined) rows.push(['Metadata', toJson(metadata)]);
  return rows;
}

function placeText({ annotations, package: inside, rule, location }: AnnotatedPlace): string {
  const { title, description, scope, entrypoint, organizations, authors, relatedResources, schemas, custom } =
    annotations;
  const lines: string[] = [];
  if (title !== undefined) lines.push(title, '='.repeat([...title].length), '');
  if (description !== undefined) lines.push(description.trimEnd(), '');
  lines.push(`Package:  ${inside.join('.')}`);
  if (rule !== undefined) lines.push(`Rule:     ${rule.join('.')}`);
  lines.push(`Location: ${location.file}:${location.row}`, `Scope: ${scope}`);
  if (entrypoint === true) lines.push('Entrypoint: true');
  lines.push('');
  const list = (name: string, items: readonly string[] | undefined) => {
    if (items !== undefined && items.length > 0) lines.push(`${name}:`, ...items.map((item) => ` ${item}`), '');
  };
  list('Organizations', organizations);
  list(
    'Authors',
    authors?.map(({ name, email }) => [name, email && `<${email}>`].filter(Boolean).join(' ')),
  );
  list(
    'Schemas',
    schemas?.map(({ path, schema }) => `${path}: ${schema ?? 'written here'}`),
  );
  list(
    'Related Resources',
    relatedResources?.map((item) => [item.ref, item.description].filter(Boolean).join(' ')),
  );
  list('Custom', custom && Object.entries(custom).map(([name, value]) => `${name}: ${JSON.stringify(value)}`));
  return `${lines.join('\n')}\n`;
}

function jsonText(
  manifest: Manifest | undefined,
  namespaces: ReadonlyMap<string, readonly string[]>,
  annotated: readonly AnnotatedPlace[] | undefined,
): string {
  return `${indentJson(
    objectText({
      manifest: manifest && manifestJson(manifest),
      namespaces: JSON.stringify(Object.fromEntries(namespaces)),
      annotations: annotated && annotated.length > 0 ? listText(annotated.map(placeJson)) : undefined,
    }),
  )}\n`;
}

function manifestJson({ revision, roots, regoVersion, metadata }: Manifest): string {
  return objectText({
    revision: JSON.stringify(revision),
    roots: JSON.stringify(roots),
    rego_version: regoVersion?.slice(1),
    metadata: metadata && toJson(metadata),
  });
}

function placeJson({ annotations, package: inside, rule = [], location }: AnnotatedPlace): string {
  const path = ['data', ...inside, ...rule].map((value, index) => ({ type: index === 0 ? 'var' : 'string', value }));
  return objectText({
    annotations: toJson(annotationsToJson(annotations)),
    location: JSON.stringify(location),
    path: JSON.stringify(path),
  });
}
