import type { GateRequest } from '@sekisho/policy';
import type { PlainSources, PreludePart } from './job.ts';
import type { SurroundingsReader } from './surroundings-log.ts';

/** Objects that are copied for a thread at once: to copy thousands takes a second, which others wait for as well. */
const MAX_OBJECTS = 20;

export function* sourcesPrelude({ documents, bundles }: PlainSources): Iterable<PreludePart> {
  for (let from = 0; from < documents.length; from += MAX_OBJECTS) {
    yield { kind: 'documents', documents: documents.slice(from, from + MAX_OBJECTS) };
  }
  for (const bundle of bundles) yield { kind: 'bundle', bundle };
  yield { kind: 'compile' };
}

export function* surroundingsPrelude(surroundings: SurroundingsReader): Iterable<PreludePart> {
  for (const change of surroundings.take(MAX_OBJECTS)) yield { kind: 'surround', change };
}

export function* requestsPrelude(requests: readonly GateRequest[]): Iterable<PreludePart> {
  for (let from = 0; from < requests.length; from += MAX_OBJECTS) {
    yield { kind: 'requests', from, requests: requests.slice(from, from + MAX_OBJECTS) };
  }
}
