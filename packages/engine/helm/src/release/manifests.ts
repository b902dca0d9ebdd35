import { type Origin, parseYamlDocuments } from '@sekisho/base';
import { isTable, jsonKind } from '../chart/yaml.ts';
import { goYamlMessage } from '../chart/yaml-fault.ts';
import { ChartFault } from '../fault.ts';
import type { RenderedTemplate } from './execute.ts';
import { type Hook, hookOf } from './hooks.ts';
import { compareInstallOrder } from './kinds.ts';

/** One object that a release has. */
export interface Manifest {
  /** As the template wrote it, without the separators around it. */
  readonly text: string;
  /** JSON; null when the text holds comments alone. */
  readonly value: unknown;
  /** `chart/templates/x.yaml`, as `# Source:` names it. */
  readonly source: string;
  /** File of the template, and the line in it where the object begins, when it can be told. */
  readonly origin: Origin;
  /** `helm.sh/resource-policy: keep`. */
  readonly isKept: boolean;
  readonly hook?: Hook;
}

export interface SortedManifests {
  /** In the order in which Helm installs them. */
  readonly resources: readonly Manifest[];
  /** By kind, as `helm template` shows them; they run by event and weight. */
  readonly hooks: readonly Manifest[];
}

// What stands before it is trimmed off anyway.
const SEPARATOR = /(?:^|\n)---\s*/;

/** Texts of the documents, trimmed, without empty ones. Separators of a text that is not YAML count as well, as in Helm. */
export function splitManifests(text: string): string[] {
  return text
    .trim()
    .split(SEPARATOR)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/**
 * Takes what the templates gave apart, and orders it.
 *
 * @param templateText the text of a template, to find lines in
 * @throws ChartFault MANIFEST_INVALID
 */
export function sortManifests(
  rendered: readonly RenderedTemplate[],
  templateText: (name: string) => string,
  onUnknownHook: (events: string) => void,
): SortedManifests {
  const resources: Manifest[] = [];
  const hooks: Manifest[] = [];
  for (const template of rendered) {
    const lines = new TemplateLines(templateText(template.name));
    for (const text of splitManifests(template.text)) {
      const value = readManifest(text, template, lines);
      const annotations = annotationsOf(value);
      const line = lines.find(text);
      const manifest = {
        text,
        value,
        source: template.name,
        origin: { file: template.file, ...(line === undefined ? {} : { line }) },
        isKept:
          String(annotations['helm.sh/resource-policy'] ?? '')
            .trim()
            .toLowerCase() === 'keep',
      };
      const events = annotations['helm.sh/hook'];
      if (typeof events !== 'string') {
        resources.push(manifest);
        continue;
      }
      const hook = hookOf(events, annotations);
      if (hook === undefined) onUnknownHook(events);
      else hooks.push({ ...manifest, hook });
    }
  }
  return { resources: byKind(resources), hooks: byKind(hooks) };
}

/** Objects of one kind stay as they are. */
function byKind(manifests: readonly Manifest[]): Manifest[] {
  return [...manifests].sort((a, b) => compareInstallOrder(kindOf(a), kindOf(b)));
}

function kindOf({ value }: Manifest): string {
  return isTable(value) && typeof value.kind === 'string' ? value.kind : '';
}

function annotationsOf(value: unknown): Record<string, unknown> {
  if (!isTable(value) || !isTable(value.metadata)) return {};
  return isTable(value.metadata.annotations) ? value.metadata.annotations : {};
}

function readManifest(text: string, { name, file }: RenderedTemplate, lines: TemplateLines): unknown {
  const { documents, diagnostics } = parseYamlDocuments(text, {
    file,
    duplicateKeys: 'warning',
    maxBytes: text.length,
  });
  const fault = diagnostics.find(({ severity }) => severity === 'error');
  const fail = (message: string, line?: number): never => {
    throw new ChartFault('MANIFEST_INVALID', `YAML parse error on ${name}: ${message}`, {
      file,
      ...(line === undefined ? {} : { line }),
    });
  };
  if (fault !== undefined) {
    const line = fault.origin?.line;
    const source = line === undefined ? undefined : lines.find(text.split('\n')[line - 1] ?? '');
    fail(`error converting YAML to JSON: ${goYamlMessage(fault, text)}`, source);
  }
  const value = documents[0]?.value ?? null;
  const mismatch = headMismatch(value);
  if (mismatch !== undefined) fail(`error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${mismatch}`);
  return value;
}

/** What Helm reads of every object must have the types that it wants. */
function headMismatch(value: unknown): string | undefined {
  if (value === null) return undefined;
  if (!isTable(value)) return `${jsonKind(value)} into Go value of type util.SimpleHead`;
  for (const field of ['apiVersion', 'kind']) {
    if (isComposite(value[field]))
      return `${jsonKind(value[field])} into Go struct field SimpleHead.${field} of type string`;
  }
  const { metadata } = value;
  if (metadata === null || metadata === undefined) return undefined;
  if (!isTable(metadata))
    return `${jsonKind(metadata)} into Go struct field SimpleHead.metadata of type struct { Name string "json:\\"name\\""; Annotations map[string]string "json:\\"annotations\\"" }`;
  if (isComposite(metadata.name))
    return `${jsonKind(metadata.name)} into Go struct field .metadata.name of type string`;
  const { annotations } = metadata;
  if (annotations === null || annotations === undefined) return undefined;
  if (!isTable(annotations))
    return `${jsonKind(annotations)} into Go struct field .metadata.annotations of type map[string]string`;
  const wrong = Object.values(annotations).find(isComposite);
  return wrong === undefined
    ? undefined
    : `${jsonKind(wrong)} into Go struct field .metadata.annotations of type string`;
}

function isComposite(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** Finds lines of the output in the template that gave them: those that it has word for word. */
class TemplateLines {
  readonly #numbers = new Map<string, number[]>();
  #last = 0;

  constructor(text: string) {
    for (const [index, line] of text.split('\n').entries()) {
      const key = line.trim();
      const known = this.#numbers.get(key);
      if (known === undefined) this.#numbers.set(key, [index + 1]);
      else known.push(index + 1);
    }
  }

  /** Line of the first of these lines that the template has, behind what was found before; a loop comes back to its start. */
  find(text: string): number | undefined {
    for (const line of text.split('\n')) {
      const key = line.trim();
      if (key === '' || key.startsWith('#')) continue;
      const numbers = this.#numbers.get(key);
      if (numbers === undefined) continue;
      const number = numbers.find((candidate) => candidate > this.#last) ?? numbers[0];
      if (number !== undefined) this.#last = number;
      return number;
    }
    return undefined;
  }
}
