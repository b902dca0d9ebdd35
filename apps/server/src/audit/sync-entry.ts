import type { Revision } from '@sekisho/git';
import type { ReleaseObject } from '@sekisho/store';
import type { Application, Operation } from '../applications/application.ts';
import type { ApplicationSource } from '../applications/application-source.ts';
import type { ResourceDiff } from '../applications/diff.ts';
import type { Rendered } from '../applications/merged-sources.ts';
import { initiator, isAutomated } from '../applications/operation-policy.ts';
import type { NewAuditEntry } from './audit.ts';

/** What one entry tells at most; the release in the history has the rest. */
const MAX_OBJECTS = 1000;
const MAX_CHANGES = 500;
const MAX_VALUE_CHARS = 256;

/** A finished sync: who, which commit of whom, the digest of every applied manifest, and which fields were changed from what to what. */
export function syncEntry(input: {
  application: Application;
  operation: Operation;
  operationId: string;
  rendered: Rendered;
  phase: 'Succeeded' | 'Failed' | 'Error';
  message: string;
  objects: readonly ReleaseObject[];
  /** As they were when the operation began. Secrets are masked already. */
  differences: readonly ResourceDiff[];
}): NewAuditEntry {
  const { application, operation, rendered, phase, message, objects, differences } = input;
  const { revision } = rendered;
  const [source] = application.sources;
  const automated = isAutomated(operation);
  const { changes, left } = fieldChanges(differences);
  return {
    actor: { user: initiator(operation), groups: [], method: automated ? 'controller' : 'token' },
    action: 'application.sync',
    object: {
      type: 'application',
      project: application.spec.project,
      namespace: application.namespace,
      name: application.name,
    },
    outcome: phase === 'Succeeded' ? 'succeeded' : 'failed',
    reason: automated ? reasonOf(source, revision) : message,
    operationId: input.operationId,
    revision: revision.commit,
    details: {
      ...originOf(source, revision),
      result: message,
      ...(rendered.parts.length > 1 ? { revisions: rendered.parts.map((part) => part.revision.commit) } : {}),
      objects: objects.slice(0, MAX_OBJECTS),
      ...(objects.length > MAX_OBJECTS ? { objectsLeftOut: objects.length - MAX_OBJECTS } : {}),
      changes,
      ...(left > 0 ? { changesLeftOut: left } : {}),
    },
  };
}

function reasonOf(source: ApplicationSource | undefined, { commit, message }: Revision): string {
  return source?.chart === undefined ? `commit ${commit.slice(0, 7)}: ${message}` : `chart ${message}`;
}

/** What git can be asked about; the version of a chart is no commit. */
function originOf(source: ApplicationSource | undefined, { authorName, authorEmail, message }: Revision) {
  if (source?.chart !== undefined) return { chart: source.chart, chartRepository: source.repoURL };
  return { repoURL: source?.repoURL ?? '', author: `${authorName} <${authorEmail}>`, message };
}

function fieldChanges(differences: readonly ResourceDiff[]) {
  const changes: Record<string, unknown>[] = [];
  let left = 0;
  for (const { group, kind, namespace, name, change, changes: fields } of differences) {
    if (changes.length >= MAX_CHANGES) {
      left += 1;
      continue;
    }
    const room = MAX_CHANGES - changes.length;
    left += Math.max(0, fields.length - room);
    changes.push({
      object: [group, kind, namespace, name].join('/'),
      change,
      ...(fields.length === 0 ? {} : { fields: fields.slice(0, room).map(shortened) }),
    });
  }
  return { changes, left };
}

function shortened({ path, kind, from, to }: ResourceDiff['changes'][number]) {
  return {
    path,
    kind,
    ...(from === undefined ? {} : { from: short(from) }),
    ...(to === undefined ? {} : { to: short(to) }),
  };
}

function short(value: unknown): unknown {
  const text = JSON.stringify(value) ?? 'null';
  return text.length <= MAX_VALUE_CHARS ? value : `${text.slice(0, MAX_VALUE_CHARS)}… (${text.length} characters)`;
}
