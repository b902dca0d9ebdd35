import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { formatDiagnostic, SekishoError } from '@sekisho/base';
import { createTemplateSet } from '@sekisho/gotemplate';
import { type Annotations, type Module, parseModule, type Rule } from '@sekisho/rego';
import { readPolicies } from './policy-files.ts';
import { policyFaults } from './rego-policy.ts';
import type { CheckWorld } from './world.ts';

export interface DocumentationOptions {
  readonly outDir: string;
  /** File with a Go template; without one the page has a heading for each package and rule. */
  readonly template: string | undefined;
  readonly version: 'v0' | 'v1';
  readonly world: CheckWorld;
  readonly signal: AbortSignal;
}

/** What the template gets, a list of them: a package or rule with its annotations. */
interface Section {
  /** `main.deny` */
  readonly Path: string;
  /** How deep it stands: 1 is a package at the top. */
  readonly Depth: number;
  /** `##` */
  readonly MarkdownHeading: string;
  readonly RegoPackageName: string;
  /** In the words of METADATA blocks. */
  readonly Annotation: Readonly<Record<string, unknown>>;
}

const DEFAULT_TEMPLATE = `{{ range . -}}
{{ .MarkdownHeading }} {{ .Path }}{{ if .Annotation.title }} - {{ .Annotation.title }}{{ end }}

{{ if .Annotation.description }}{{ .Annotation.description }}
{{ end }}{{ if .Annotation.related_resources }}
Related Resources:
{{ range .Annotation.related_resources }}
{{ if .description }}* [{{ .description }}]({{ .ref }}){{ else }}* {{ .ref }}{{ end }}{{ end }}
{{ end }}
{{ end -}}
`;

const MAX_TEMPLATE_BYTES = 1024 * 1024;
const MAX_PAGE_LENGTH = 16 * 1024 * 1024;

/**
 * Writes one page for each path, called like the last part of the path.
 *
 * @throws SekishoError CHECK_NO_ANNOTATIONS, CHECK_TEMPLATE, CHECK_POLICY, PATH_MISSING
 */
export async function writeDocumentation(paths: readonly string[], options: DocumentationOptions): Promise<void> {
  const { world, signal } = options;
  const template = options.template === undefined ? DEFAULT_TEMPLATE : await readTemplate(options.template, world);
  await mkdir(resolve(world.cwd, options.outDir), { recursive: true });
  for (const path of paths) {
    const files = await readPolicies([path], { cwd: world.cwd, signal, withTests: false });
    const modules = files.map(({ file, text }) => {
      const { module, faults } = parseModule(text, { file, version: options.version });
      if (module === undefined || faults.length > 0) throw policyFaults(faults, files);
      return module;
    });
    const sections = modules.flatMap(sectionsOf).sort((a, b) => (a.Path < b.Path ? -1 : a.Path > b.Path ? 1 : 0));
    if (sections.length === 0) {
      throw new SekishoError('CHECK_NO_ANNOTATIONS', `${path}: no annotations found`, {
        hint: 'Write # METADATA blocks above packages and rules.',
      });
    }
    const page = render(template, sections);
    const name = basename(resolve(world.cwd, path)).replace(/\.rego$/, '');
    await writeFile(join(resolve(world.cwd, options.outDir), `${name}.md`), page);
  }
}

async function readTemplate(path: string, world: CheckWorld): Promise<string> {
  const text = await readFile(resolve(world.cwd, path), 'utf8').catch((cause: unknown) => {
    throw new SekishoError('PATH_MISSING', `There is no template ${path}.`, { cause });
  });
  if (text.length > MAX_TEMPLATE_BYTES) throw new SekishoError('CHECK_TEMPLATE', `The template ${path} is too large.`);
  return text;
}

function render(template: string, sections: readonly Section[]): string {
  const set = createTemplateSet({ maxOutput: MAX_PAGE_LENGTH });
  const faults = set.add('page', template);
  // What the template gets is JSON.
  const rendering =
    faults.length > 0 ? { diagnostics: faults } : set.render('page', JSON.parse(JSON.stringify(sections)));
  if ('text' in rendering) return rendering.text;
  throw new SekishoError('CHECK_TEMPLATE', rendering.diagnostics.map(formatDiagnostic).join('\n'));
}

function sectionsOf(module: Module): Section[] {
  const name = module.package.path.join('.');
  const depth = module.package.path.length;
  const section = (path: string, level: number, annotation: Annotations): Section => ({
    Path: path,
    Depth: level,
    MarkdownHeading: '#'.repeat(level),
    RegoPackageName: name,
    Annotation: inOpaWords(annotation),
  });
  return [
    ...module.annotations
      .filter(({ scope }) => scope === 'package' || scope === 'subpackages')
      .map((annotation) => section(name, depth, annotation)),
    ...module.rules.flatMap((rule) =>
      rule.annotations.map((annotation) => section(`${name}.${ruleName(rule)}`, depth + 1, annotation)),
    ),
  ];
}

function ruleName({ head }: Rule): string {
  const { ref } = head;
  if (ref.kind === 'var') return ref.name;
  const parts = ref.args.map((arg) => (arg.kind === 'string' ? arg.value : '_'));
  return [ref.head.kind === 'var' ? ref.head.name : '', ...parts].join('.');
}

/** Members under the names that METADATA blocks give them, and under those that templates of Conftest use. */
function inOpaWords(annotations: Annotations): Record<string, unknown> {
  const {
    title = '',
    description = '',
    scope,
    entrypoint = false,
    organizations = [],
    authors = [],
    custom = {},
  } = annotations;
  const related = annotations.relatedResources ?? [];
  return {
    title,
    description,
    scope,
    entrypoint,
    organizations,
    authors,
    custom,
    related_resources: related,
    Title: title,
    Description: description,
    Scope: scope,
    Entrypoint: entrypoint,
    Organizations: organizations,
    Authors: authors.map(({ name = '', email = '' }) => ({ Name: name, Email: email })),
    Custom: custom,
    RelatedResources: related.map(({ ref, description: text = '' }) => ({ Ref: ref, Description: text })),
  };
}
