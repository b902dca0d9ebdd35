import type { DriftAction, FieldPath } from '@sekisho/sync';

/** One field of one object that is not what git says, although git says nothing new. */
export interface DriftItem {
  readonly application: { readonly namespace: string; readonly name: string; readonly project: string };
  readonly object: { readonly group: string; readonly kind: string; readonly namespace: string; readonly name: string };
  /** `spec.replicas`; '' for the object as a whole: it is gone. */
  readonly path: string;
  /** What git says; absent: nothing. Masked in Secrets, shortened when long. */
  readonly from?: unknown;
  /** What lives; absent: the field was removed. */
  readonly to?: unknown;
  /** Field manager that made it so; absent: nobody can know. */
  readonly manager?: string;
  readonly operation?: string;
  /** Through which it wrote: `scale`, say. */
  readonly subresource?: string;
  /** RFC 3339. */
  readonly since: string;
  /** How often this field drifted, with this time. */
  readonly count: number;
  readonly policy: DriftAction;
  /** RFC 3339; absent while it drifts. */
  readonly healedAt?: string;
}

/** With what only the tracker needs. */
export interface TrackedDrift {
  item: DriftItem;
  readonly at: FieldPath;
}

/** What a list of fields comes to, for a message: the first of them, and how many there are. */
export interface DriftNotice extends DriftItem {
  readonly fields: number;
  readonly objects: number;
}

const MAX_VALUE_CHARS = 2048;

/** A value that can be kept and shown: a long one by its size alone. */
export function shortened(value: unknown): unknown {
  if (value === undefined || value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= MAX_VALUE_CHARS ? value : `${text.slice(0, 200)}… (${text.length} characters)`;
}

/** `Deployment shop/web spec.replicas by kubectl-edit`. */
export function describeDrift({ object, path, manager, to }: DriftItem): string {
  const { kind, namespace, name } = object;
  const subject = `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
  if (path === '') return `${subject} is gone`;
  if (to === undefined) return `${subject} ${path} was removed`;
  return `${subject} ${path}${manager === undefined ? '' : ` by ${manager}`}`;
}
