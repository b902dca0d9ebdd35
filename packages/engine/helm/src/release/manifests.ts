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

/** A document of a text. */
export interface ManifestPart {
  /** Trimmed. */
  readonly text: string;
  /** Where it begins in the whole text. */
  readonly start: number;
}

// What stands before it is trimmed off anyway.
const SEPARATOR = /(?:^|\n)---[\t\n\f\r ]*/g;

/** The documents of a text without empty ones. Separators of a text that is not YAML count as well, as in Helm. */
export function splitManifests(text: string): ManifestPart[] {
  const parts: ManifestPart[] = [];
  const add = (from: number, to: number) => {
    const part = text.slice(from, to);
    const trimmed = part.trim();
    if (trimmed !== '') parts.push({ text: trimmed, start: from + part.length - part.trimStart().length });
  };
  let from = text.length - text.trimStart().length;
  SEPARATOR.lastIndex = from;
  if (from > 0 && text.startsWith('---', from)) SEPARATOR.lastIndex = from - 1;
  for (let match = SEPARATOR.exec(text); match !== null; match = SEPARATOR.exec(text)) {
    add(from, match.index);
    from = SEPARATOR.lastIndex;
  }
  add(from, text.length);
  return parts;
}

/**
 * Takes what the templates gave apart, and orders it.
 *
 * @throws ChartFault MANIFEST_INVALID
 */
export function sortManifests(
  rendered: readonly RenderedTemplate[],
  onUnknownHook: (events: string) => void,
): SortedManifests {
  const resources: Manifest[] = [];
  const hooks: Manifest[] = [];
  for (const template of rendered) {
    for (const part of splitManifests(template.text)) {
      const value = readManifest(part, template);
      const annotations = annotationsOf(value);
      const line = template.placeOf(part.start + contentAt(part.text))?.line;
      const manifest = {
        text: part.text,
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

/** Where the first thing stands that is no comment. */
function contentAt(text: string): number {
  if (!text.startsWith('#')) return 0;
  const found = /^[ \t]*[^ \t\r\n#]/m.exec(text);
  return found === null ? 0 : found.index + found[0].length - 1;
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

function readManifest({ text, start }: ManifestPart, { name, file, placeOf }: RenderedTemplate): unknown {
  const { documents, diagnostics } = parseYamlDocuments(text, {
    file,
    duplicateKeys: 'warning',
    maxBytes: text.length,
  });
  const fail = (message: string, offset: number): never => {
    throw new ChartFault('MANIFEST_INVALID', `YAML parse error on ${name}: ${message}`, {
      file,
      ...placeOf(start + offset),
    });
  };
  const fault = diagnostics.find(({ severity }) => severity === 'error');
  if (fault !== undefined) {
    fail(`error converting YAML to JSON: ${goYamlMessage(fault, text)}`, offsetOf(text, fault.origin));
  }
  const value = documents[0]?.value ?? null;
  const mismatch = headMismatch(value);
  if (mismatch !== undefined) {
    fail(`error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${mismatch}`, contentAt(text));
  }
  return value;
}

/** Where a line and column, both from 1, are in a text. */
function offsetOf(text: string, { line = 1, column = 1 }: Partial<Origin> = {}): number {
  let start = 0;
  for (let current = 1; current < line; current++) start = text.indexOf('\n', start) + 1;
  return start + column - 1;
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
