import { type Clock, type Diagnostic, defined, type Origin } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import type { Gate, PolicyAction, PolicySummary } from '@sekisho/policy';
import { asRecord } from '../applications/as-record.ts';
import type { PolicyList, PolicyRow, WaiverRow } from '../http/api-types.ts';
import { isConstraint } from './definitions/constraint.ts';
import { keyOf } from './document-key.ts';
import type { PolicyBook } from './policy-book.ts';
import { errorText } from './status/entry.ts';

/** Gatekeeper's names of the gates; before a sync what is said for admission counts as well. */
const POINTS: Readonly<Record<Gate, readonly string[]>> = {
  check: ['gator.gatekeeper.sh', 'validation.gatekeeper.sh'],
  sync: ['sync.sekisho.dev', 'validation.gatekeeper.sh'],
  admission: ['validation.gatekeeper.sh'],
  audit: ['audit.gatekeeper.sh'],
};

/** One policy as lists show it. */
export function policyRow(book: PolicyBook, summary: PolicySummary): PolicyRow {
  const { id, policy, title, description, severity, action, gates, kinds, readsSurroundings } = summary;
  const { kind, name, rule, origin, url } = policy;
  return {
    id,
    policy: { kind, name, ...defined({ rule, url }), ...placeOf(origin) },
    title,
    action,
    gates: [...gates],
    enforcement: enforcementOf(book, summary),
    kinds: [...kinds],
    readsSurroundings,
    ...defined({ description, severity, unavailable: unavailableOf(book, id) }),
  };
}

/** A fault as the API tells it. */
export function policyFault({ code, severity, message, hint, origin }: Diagnostic): PolicyList['diagnostics'][number] {
  return { code, severity, message, ...defined({ hint }), ...placeOf(origin) };
}

function placeOf(origin: Origin | undefined) {
  return origin === undefined ? {} : { origin: { ...origin } };
}

function unavailableOf(book: PolicyBook, id: string): string | undefined {
  const [kind, name = ''] = id.split('/');
  if (kind !== 'rego') return undefined;
  const state = book.sourceOf(name);
  if (state?.fault !== undefined) return `its files have a fault: ${state.fault}`;
  return state === undefined || state.found !== undefined
    ? undefined
    : (state.trouble ?? 'its files are not there yet');
}

function enforcementOf(book: PolicyBook, { id, action, gates }: PolicySummary): Partial<Record<Gate, PolicyAction>> {
  if (action !== 'scoped') return Object.fromEntries(gates.map((gate) => [gate, action]));
  const document = book.documentOf(id);
  const spec = document !== undefined && 'object' in document ? asRecord(document.object['spec']) : {};
  const scoped = spec['scopedEnforcementActions'];
  const found: Partial<Record<Gate, PolicyAction>> = {};
  for (const gate of gates) {
    const actions = (Array.isArray(scoped) ? scoped : [])
      .filter((entry) => pointsOf(entry).some((point) => point === '*' || POINTS[gate].includes(point)))
      .map((entry) => asRecord(entry)['action']);
    const strongest = (['deny', 'warn', 'dryrun'] as const).find((one) => actions.includes(one));
    if (strongest !== undefined) found[gate] = strongest;
  }
  return found;
}

function pointsOf(entry: unknown): readonly string[] {
  const points = asRecord(entry)['enforcementPoints'];
  return (Array.isArray(points) ? points : []).map((point) => String(asRecord(point)['name']));
}

/** Objects and files that a policy is made of, and what is wrong with them. */
export function policyParts(book: PolicyBook, id: string) {
  const document = book.documentOf(id);
  const objects: KubeObject[] = [];
  if (document !== undefined && 'object' in document) {
    if (isConstraint(document.object)) objects.push(...toList(book.templateOf(document.object)));
    objects.push(document.object, ...bindingsOf(book, document.object));
  } else if (document !== undefined) {
    objects.push(...toList(objectOf(book, `policysource.sekisho.dev/${document.name}`)));
  }
  const keys = new Set(objects.map(keyOf));
  const diagnostics = book
    .info()
    .diagnostics.filter(({ origin }) => origin !== undefined && keys.has(origin.file))
    .map(policyFault);
  if (document === undefined || 'object' in document) return { documents: objects, diagnostics };
  return {
    documents: objects,
    diagnostics,
    files: document.files.map(({ text, origin }) => ({ path: origin.file, text })),
    ...defined({ revision: book.sourceOf(document.name)?.found?.revision }),
  };
}

function objectOf(book: PolicyBook, key: string): KubeObject | undefined {
  return book.documents().find(({ object }) => keyOf(object) === key)?.object;
}

/** An admission policy says nothing without them. */
function bindingsOf(book: PolicyBook, { kind, metadata }: KubeObject): readonly KubeObject[] {
  if (!kind.endsWith('AdmissionPolicy')) return [];
  return book
    .documents()
    .map(({ object }) => object)
    .filter((object) => object.kind === `${kind}Binding` && asRecord(object['spec'])['policyName'] === metadata.name);
}

function toList<Value>(value: Value | undefined): readonly Value[] {
  return value === undefined ? [] : [value];
}

/** All Waivers, those that don't count too, by name. */
export function waiverRows(book: PolicyBook, clock: Clock): WaiverRow[] {
  const now = clock.now();
  const { waivers, diagnostics } = book.info();
  const expiries = new Map(waivers.map(({ id, expires }) => [id, expires]));
  return book
    .documents()
    .filter(({ object }) => object.kind === 'Waiver')
    .sort((a, b) => (idOf(a.object) < idOf(b.object) ? -1 : 1))
    .map(({ object }) => waiverRow(object, { expires: expiries.get(idOf(object)), diagnostics, now }));
}

function waiverRow(
  object: KubeObject,
  about: { readonly expires: number | undefined; readonly diagnostics: readonly Diagnostic[]; readonly now: number },
): WaiverRow {
  const { expires, now } = about;
  const { namespace = '', name = '', creationTimestamp } = object.metadata;
  const { policies, match, reason, owner } = asRecord(object['spec']);
  const key = keyOf(object);
  const state = expires === undefined ? 'invalid' : expires <= now ? 'expired' : 'active';
  const faults = about.diagnostics.filter(({ origin }) => origin?.file === key);
  return {
    id: idOf(object),
    namespace,
    name,
    policies: (Array.isArray(policies) ? policies : []).map(waivedPolicy),
    reason: text(reason),
    owner: text(owner),
    state,
    ...defined({
      match,
      expires: expires === undefined ? undefined : new Date(expires).toISOString(),
      message: state === 'active' ? undefined : state === 'expired' ? 'It has expired.' : errorText(faults),
      createdAt: creationTimestamp,
    }),
  };
}

function waivedPolicy(value: unknown): WaiverRow['policies'][number] {
  const { kind, name, rule } = asRecord(value);
  return {
    name: text(name),
    ...(kind === undefined ? {} : { kind: text(kind) }),
    ...(rule === undefined ? {} : { rule: text(rule) }),
  };
}

function idOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name ?? ''}`;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
