// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of the dialect
import { type Diagnostic, parseYamlDocuments, stringifyYaml } from '@sekisho/base';
import type { KubeObject, Manifest } from '@sekisho/kube';
import { type ExpandOptions, hasExpressions, substitute } from './expand.ts';
import type { ExpansionFault } from './fault.ts';

/** Label or annotation with the value `disabled`: the object stays as it is. */
const SWITCH = 'kustomize.toolkit.fluxcd.io/substitute';
const QUOTE_HINT =
  "Variables are put into the YAML text, so numbers and booleans lose their quotes, and `: ` or ` #` are syntax. For text, define quote: '\"' and write ${quote}${name}${quote}.";

type Fields = Readonly<Record<string, unknown>>;
type Path = readonly (string | number)[];

export interface SubstituteResult {
  /** Objects without expressions are the same ones; of those with faults, the object as it was. */
  readonly manifests: readonly Manifest[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Puts variables into rendered objects as Flux does after a build: each object is written as YAML, its expressions are
 * expanded in that text, and what comes out is read again. So `replicas: ${n}` becomes a number, and so does
 * `value: "${n}"`, whose quotes no writer of YAML keeps.
 *
 * Objects with the label or annotation `kustomize.toolkit.fluxcd.io/substitute: disabled` are left alone.
 *
 * Diagnostics name object and field, never a value: SUBSTITUTE_UNDEFINED (strict mode, the default), SUBSTITUTE_SYNTAX,
 * SUBSTITUTE_TOO_LARGE, SUBSTITUTE_BROKEN (the text is no object any more).
 */
export function substituteManifests(
  manifests: readonly Manifest[],
  variables: ReadonlyMap<string, string>,
  options: ExpandOptions = {},
): SubstituteResult {
  const diagnostics: Diagnostic[] = [];
  const results = manifests.map((manifest) => {
    if (isDisabled(manifest.object) || !someText(manifest.object, hasExpressions)) return manifest;
    const { object, faults } = new ObjectSubstitution(manifest, variables, options).run();
    diagnostics.push(...faults);
    return object === undefined ? manifest : { ...manifest, object };
  });
  return { manifests: results, diagnostics };
}

function isDisabled({ metadata }: KubeObject): boolean {
  return metadata.labels?.[SWITCH] === 'disabled' || metadata.annotations?.[SWITCH] === 'disabled';
}

/** Whether any text of a value, key or entry, has what `test` looks for. */
function someText(value: unknown, test: (text: string) => boolean): boolean {
  if (typeof value === 'string') return test(value);
  if (Array.isArray(value)) return value.some((item) => someText(item, test));
  if (!isFields(value)) return false;
  return Object.entries(value).some(([key, entry]) => test(key) || someText(entry, test));
}

class ObjectSubstitution {
  readonly #manifest: Manifest;
  readonly #variables: ReadonlyMap<string, string>;
  readonly #options: ExpandOptions;

  constructor(manifest: Manifest, variables: ReadonlyMap<string, string>, options: ExpandOptions) {
    this.#manifest = manifest;
    this.#variables = variables;
    this.#options = options;
  }

  run(): { object?: KubeObject; faults: readonly Diagnostic[] } {
    const expansion = this.#expand(stringifyYaml(this.#manifest.object, { sortKeys: true }));
    if (expansion.faults !== undefined) return { faults: this.#locate(expansion.faults) };
    const object = readObject(expansion.text);
    if (object === undefined) return { faults: [this.#broken()] };
    const metadata = isFields(object['metadata']) ? object['metadata'] : {};
    const faults = [
      ...['apiVersion', 'kind'].filter((field) => !isText(object[field])),
      ...['name', 'generateName', 'namespace']
        .filter((field) => metadata[field] !== undefined && !isText(metadata[field]))
        .map((field) => `metadata.${field}`),
      ...['labels', 'annotations'].flatMap((map) =>
        Object.entries(isFields(metadata[map]) ? metadata[map] : {})
          .filter(([, value]) => typeof value !== 'string' && value !== null)
          .map(([key]) => pathText(['metadata', map, key])),
      ),
    ].map((field) =>
      this.#fault('SUBSTITUTE_BROKEN', `${field} must be text, and isn't with the variables put in`, QUOTE_HINT),
    );
    if (faults.length > 0) return { faults };
    return { object: withoutNulls(object, metadata), faults };
  }

  #expand(text: string) {
    return substitute(text, this.#variables, this.#options);
  }

  /** The same faults with the fields that have them; those that only the whole text shows have none. */
  #locate(whole: readonly ExpansionFault[]): Diagnostic[] {
    const found: Diagnostic[] = [];
    for (const { path, text } of textsOf(this.#manifest.object, [])) {
      const { faults = [] } = this.#expand(text);
      for (const fault of faults) found.push(this.#describe(fault, path, text));
    }
    if (found.length > 0) return found;
    return whole.slice(0, 1).map((fault) => this.#fault(fault.code, fault.message));
  }

  #describe(fault: ExpansionFault, path: Path, text: string): Diagnostic {
    // Of a secret text that happens to look like an expression, no part may be shown.
    const isShown = !isSecretField(this.#manifest.object, path) || text === `\${${fault.variable}}`;
    const message = isShown ? fault.message : 'an expression can not be expanded';
    const hint =
      fault.code === 'SUBSTITUTE_UNDEFINED'
        ? 'Define it under postBuild, give it a default (${name:-value}), or write $${name} if it is meant for the program itself.'
        : fault.code === 'SUBSTITUTE_SYNTAX'
          ? 'What is not meant as a variable is written with two dollars, $${…}, or the object gets the annotation kustomize.toolkit.fluxcd.io/substitute: disabled.'
          : undefined;
    return this.#fault(fault.code, `in ${pathText(path)} ${message}`, hint);
  }

  #broken(): Diagnostic {
    for (const { path, text } of textsOf(this.#manifest.object, [])) {
      const { text: expanded } = this.#expand(stringifyYaml({ value: text }));
      if (expanded !== undefined && readObject(expanded) !== undefined) continue;
      return this.#fault(
        'SUBSTITUTE_BROKEN',
        `${pathText(path)} is no YAML any more with the variables put in`,
        QUOTE_HINT,
      );
    }
    return this.#fault('SUBSTITUTE_BROKEN', 'it is no YAML any more with the variables put in', QUOTE_HINT);
  }

  #fault(code: string, message: string, hint?: string): Diagnostic {
    const { object, origin } = this.#manifest;
    const { name = object.metadata.generateName ?? '', namespace } = object.metadata;
    const id = namespace === undefined ? name : `${namespace}/${name}`;
    return {
      code,
      severity: 'error',
      message: `${object.kind} ${id}: ${message}`,
      origin,
      ...(hint === undefined ? {} : { hint }),
    };
  }
}

/** The one map that a text holds. */
function readObject(text: string): Fields | undefined {
  const { documents, diagnostics } = parseYamlDocuments(text, { file: '' });
  const [document] = documents;
  const isBroken = diagnostics.some(({ severity }) => severity === 'error');
  return isBroken || documents.length !== 1 || !isFields(document?.value) ? undefined : document.value;
}

/** Keys and values that are text and have expressions. */
function* textsOf(value: unknown, path: Path): Generator<{ path: Path; text: string }> {
  if (typeof value === 'string') {
    if (hasExpressions(value)) yield { path, text: value };
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* textsOf(item, [...path, index]);
  } else if (isFields(value)) {
    for (const [key, entry] of Object.entries(value)) {
      if (hasExpressions(key)) yield { path: [...path, key], text: key };
      yield* textsOf(entry, [...path, key]);
    }
  }
}

function isSecretField(object: KubeObject, [first]: Path): boolean {
  return object.kind === 'Secret' && object.apiVersion === 'v1' && (first === 'data' || first === 'stringData');
}

/** An empty variable leaves `label:` behind, which an API server reads as an empty text. */
function withoutNulls(object: Fields, metadata: Fields): KubeObject {
  const plain: Record<string, unknown> = { ...metadata };
  for (const map of ['labels', 'annotations']) {
    const values = metadata[map];
    if (values === null) delete plain[map];
    if (!isFields(values)) continue;
    plain[map] = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, value ?? '']));
  }
  // Checked by the caller: what a KubeObject must have is there, and text.
  return { ...object, metadata: plain } as unknown as KubeObject;
}

/** `spec.containers[0].image`, `metadata.labels["a.b/c"]`. */
function pathText(path: Path): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      if (!/^[\w-]+$/.test(part)) return `[${JSON.stringify(part)}]`;
      return index === 0 ? part : `.${part}`;
    })
    .join('');
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
