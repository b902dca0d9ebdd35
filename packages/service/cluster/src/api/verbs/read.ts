import type { StoredObject } from '../../storage/stored-object.ts';
import type { Call, Result } from '../call.ts';
import { storageKey } from '../served-resource.ts';
import type { ServerContext } from '../server-context.ts';
import { badRequest, notFound, StatusError } from '../status-error.ts';
import { integerOption } from './options.ts';
import { selectionOf } from './selection.ts';

export function get(_context: ServerContext, call: Call): Result {
  return { kind: 'stored', status: 200, stored: published(call) };
}

/** The published object that a call names. */
export function published(call: Call): StoredObject {
  const name = call.name ?? '';
  const stored = call.resource.collection.get(storageKey(call.namespace, name));
  if (stored === undefined) throw notFound(call.resource.info, name);
  return stored;
}

/**
 * A list at one revision. With `limit`, pages come from a snapshot taken with the first one. Long unselective lists
 * yield to the event loop while matching.
 */
export async function list(context: ServerContext, call: Call): Promise<Result> {
  const { resource, query } = call;
  const limit = integerOption(call, 'limit') ?? 0;
  const token = query['continue'] ?? '';
  checkRevision(call, context.storage.revision, token !== '');

  let items: readonly StoredObject[];
  let revision: number;
  let next = 0;
  const saved = token === '' ? undefined : context.continuations.take(token);
  if (saved !== undefined && 'items' in saved) {
    ({ items, revision, next } = saved);
  } else {
    const selection = selectionOf(call);
    revision = context.storage.revision;
    const only = selection.key === undefined ? undefined : resource.collection.get(selection.key);
    const candidates =
      selection.key === undefined ? resource.collection.range(selection.prefix) : only === undefined ? [] : [only];
    items = selection.matches === undefined ? candidates : await filter(candidates, selection.matches);
    if (saved !== undefined) items = items.filter((stored) => stored.key > saved.afterKey);
  }

  const page = limit > 0 ? items.slice(next, next + limit) : items.slice(next);
  const end = next + page.length;
  const remaining = items.length - end;
  const selective = (query['labelSelector'] ?? '') !== '' || (query['fieldSelector'] ?? '') !== '';
  return {
    kind: 'list',
    list: {
      apiVersion: resource.apiVersion,
      kind: resource.listKind,
      metadata: {
        resourceVersion: String(revision),
        ...(remaining > 0 ? { continue: context.continuations.save({ revision, items, next: end }) } : {}),
        ...(remaining > 0 && !selective ? { remainingItemCount: remaining } : {}),
      },
      items: page,
    },
  };
}

/** Matches candidates in slices of a few milliseconds. */
export async function filter(
  candidates: readonly StoredObject[],
  matches: (object: StoredObject['object']) => boolean,
): Promise<StoredObject[]> {
  const found: StoredObject[] = [];
  let started = performance.now();
  for (const [index, stored] of candidates.entries()) {
    if (matches(stored.object)) found.push(stored);
    if (index % 64 === 63 && performance.now() - started > 10) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      started = performance.now();
    }
  }
  return found;
}

/** resourceVersion and resourceVersionMatch of a list, as upstream checks them. */
function checkRevision(call: Call, current: number, continued: boolean): void {
  const text = call.query['resourceVersion'] ?? '';
  const match = call.query['resourceVersionMatch'] ?? '';
  if (match !== '' && text === '' && call.query['sendInitialEvents'] === undefined) {
    throw badRequest('resourceVersionMatch is forbidden unless resourceVersion is provided');
  }
  if (text === '') return;
  if (continued && text !== '0') throw badRequest('specifying resource version is not allowed when using continue');
  const revision = parseRevision(text);
  if (revision > current) {
    const message = `Too large resource version: ${revision}, current: ${current}`;
    throw new StatusError(504, 'Timeout', message, {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    });
  }
  if (match === 'Exact' && revision !== current) {
    throw new StatusError(410, 'Expired', `The resourceVersion for the provided list is too old: ${revision}`);
  }
}

export function parseRevision(text: string): number {
  if (!/^\d{1,15}$/.test(text)) {
    throw new StatusError(
      400,
      'BadRequest',
      `Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`,
    );
  }
  return Number(text);
}
