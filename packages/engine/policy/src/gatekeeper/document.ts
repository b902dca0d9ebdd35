import type { Diagnostic, Origin, Position } from '@sekisho/base';
import { type KubeObject, parseApiVersion } from '@sekisho/kube';
import type { PolicyObject } from '../verdict.ts';

/** An object of Gatekeeper's own kinds as it was read; a `YamlDocument` can say where its fields stand. */
export interface PolicyDocument extends PolicyObject {
  /** Where a field stands in the file. */
  positionOf?(path: readonly (string | number)[]): Position | undefined;
}

export type FieldPath = readonly (string | number)[];

/** Where a field of a document stands; the document itself when that is not known. */
export function originOf(document: PolicyDocument, path: FieldPath): Origin | undefined {
  if (document.origin === undefined) return undefined;
  // A field that is missing is looked for in what would hold it.
  for (let length = path.length; length > 0; length--) {
    const position = document.positionOf?.(path.slice(0, length));
    if (position !== undefined) return { ...document.origin, ...position };
  }
  return document.origin;
}

/**
 * Where a place in a text that a field holds stands in the file. The text is taken to be a literal block (`rego: |`), which is
 * indented by two more than its key; of other texts only the key's place is known.
 *
 * @param key   where the field stands
 * @param line  from 1, in the text
 */
export function originInText(
  key: Origin | undefined,
  text: string,
  line: number | undefined,
  column: number | undefined,
): Origin | undefined {
  if (key?.line === undefined || line === undefined || !text.includes('\n')) return key;
  return { ...key, line: key.line + line, column: (key.column ?? 1) + 1 + (column ?? 1) };
}

/** Notes faults of one document. */
export interface FaultList {
  readonly count: number;
  add(path: FieldPath, message: string, options?: FaultOptions): void;
}

interface FaultOptions {
  readonly code?: string;
  readonly severity?: Diagnostic['severity'];
  readonly hint?: string;
  readonly origin?: Origin | undefined;
}

/** @param code of faults that bring none of their own */
export function faultList(document: PolicyDocument, code: string, diagnostics: Diagnostic[]): FaultList {
  const subject = `${kindOf(document.object)} ${nameOf(document.object)}`;
  let count = 0;
  return {
    get count() {
      return count;
    },
    add(path, message, options = {}) {
      const severity = options.severity ?? 'error';
      if (severity === 'error') count++;
      const origin = options.origin ?? originOf(document, path);
      const field = pathText(path);
      diagnostics.push({
        code: options.code ?? code,
        severity,
        message: `${subject}: ${field === '' ? '' : `${field}: `}${message}`,
        ...(origin === undefined ? {} : { origin }),
        ...(options.hint === undefined ? {} : { hint: options.hint }),
      });
    },
  };
}

/** `spec.targets[0].rego` */
export function pathText(path: FieldPath): string {
  let text = '';
  for (const part of path) text += typeof part === 'number' ? `[${part}]` : text === '' ? part : `.${part}`;
  return text;
}

/** A field of JSON that may have any shape. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  let found = value;
  for (const part of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, part)) return undefined;
    found = (found as Record<string | number, unknown>)[part];
  }
  return found;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

export function groupOf(object: unknown): string {
  const apiVersion = at(object, 'apiVersion');
  return typeof apiVersion === 'string' ? parseApiVersion(apiVersion).group : '';
}

export function kindOf(object: unknown): string {
  const kind = at(object, 'kind');
  return typeof kind === 'string' ? kind : '';
}

export function nameOf(object: unknown): string {
  const name = at(object, 'metadata', 'name');
  return typeof name === 'string' ? name : '';
}

export function namespaceOf(object: unknown): string {
  const namespace = at(object, 'metadata', 'namespace');
  return typeof namespace === 'string' ? namespace : '';
}

export function isNamespace(object: unknown): boolean {
  return kindOf(object) === 'Namespace' && groupOf(object) === '';
}

/** Kinds that say what Gatekeeper does, rather than what it looks at. */
export type GatekeeperKind = 'template' | 'constraint' | 'mutator' | 'expansion' | 'config' | 'syncset' | 'provider';

const KINDS: Readonly<Record<string, Readonly<Record<string, GatekeeperKind>>>> = {
  'templates.gatekeeper.sh': { ConstraintTemplate: 'template' },
  'mutations.gatekeeper.sh': {
    Assign: 'mutator',
    AssignMetadata: 'mutator',
    ModifySet: 'mutator',
    AssignImage: 'mutator',
  },
  'expansion.gatekeeper.sh': { ExpansionTemplate: 'expansion' },
  'config.gatekeeper.sh': { Config: 'config' },
  'syncset.gatekeeper.sh': { SyncSet: 'syncset' },
  'externaldata.gatekeeper.sh': { Provider: 'provider' },
};

export function gatekeeperKind(object: KubeObject): GatekeeperKind | undefined {
  const group = groupOf(object);
  if (group === 'constraints.gatekeeper.sh') return 'constraint';
  const kinds = Object.hasOwn(KINDS, group) ? KINDS[group] : undefined;
  const kind = kindOf(object);
  return kinds !== undefined && Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
}
