import { readFileSync } from 'node:fs';
import { isSekishoError } from '@sekisho/base';
import { describe, expect, it } from 'vitest';
import {
  conflictCauses,
  formatConflicts,
  type KubeObject,
  type Schema,
  serverSideApply,
  trackUpdate,
} from '../index.ts';

interface RecordedStep {
  readonly op: 'apply' | 'update';
  readonly manager: string;
  readonly force: boolean;
  /** The update carries the live object's managedFields. */
  readonly keep?: boolean;
  readonly object: KubeObject;
  readonly error?: string;
  readonly causes?: { field: string; message: string }[];
  readonly live: KubeObject;
  readonly managedFields: unknown[];
}

interface Recording {
  readonly schema: Schema;
  readonly typed: RecordedStep[][];
  readonly deduced: RecordedStep[][];
}

const recording = JSON.parse(
  readFileSync(new URL('testdata/upstream-applies.json', import.meta.url), 'utf8'),
) as Recording;

/** Plays recorded operations; after each the object, its ownership and errors must be what the real field manager gave. */
function replay(schema: Schema | undefined, steps: readonly RecordedStep[]): void {
  let live: KubeObject | undefined;
  for (const step of steps) {
    let refusal: string | undefined;
    const request = { schema, manager: step.manager, time: '2026-01-01T00:00:00Z', apiVersion: 'example.com/v1' };
    try {
      if (step.op === 'apply') {
        const { object, conflicts } = serverSideApply({ ...request, live, applied: step.object, force: step.force });
        if (conflicts.length === 0) live = object;
        else refusal = formatConflicts(conflicts);
        expect(new Set(conflictCauses(conflicts).map((cause) => cause.field))).toEqual(
          new Set((step.causes ?? []).map((cause) => cause.field)),
        );
      } else {
        const metadata = { ...step.object.metadata };
        if (step.keep && live?.metadata.managedFields) metadata.managedFields = live.metadata.managedFields;
        live = trackUpdate({ ...request, live, updated: { ...step.object, metadata }, operation: 'Update' });
      }
    } catch (error) {
      if (!isSekishoError(error, 'APPLY_INVALID')) throw error;
      refusal = 'invalid';
    }
    expect(sortedLines(refusal)).toEqual(sortedLines(step.error));
    if (live === undefined) return;
    // The recording drops explicit nulls after each step (as Go types do) and gives the object its uid.
    const { managedFields = [], ...metadata } = live.metadata;
    const plain = withoutNulls({ ...live, metadata: { ...metadata, uid: '1234' } }) as KubeObject;
    expect(plain).toEqual(step.live);
    expect(new Set(managedFields.map(withoutTime))).toEqual(new Set(step.managedFields.map(withoutTime)));
    live = managedFields.length === 0 ? plain : { ...plain, metadata: { ...plain.metadata, managedFields } };
  }
}

/** The API server lists managers and fields in random order. */
function sortedLines(text: string | undefined): string[] {
  return (text ?? '').split(/\n|: (?=conflicts? with)/).sort();
}

function withoutTime(entry: unknown): string {
  const { time: _time, ...rest } = entry as Record<string, unknown>;
  return JSON.stringify(rest, Object.keys(rest).sort().concat(allKeys(rest)));
}

function allKeys(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, below]) => [key, ...allKeys(below)]);
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([key, member]) => [key, withoutNulls(member)]),
  );
}

describe('serverSideApply and trackUpdate do what the field manager of Kubernetes did', () => {
  it.each(recording.typed.map((steps, index) => [index, steps] as const))(
    'recorded case %i with a schema',
    (_, steps) => {
      replay(recording.schema, steps);
    },
  );
  it.each(recording.deduced.map((steps, index) => [index, steps] as const))('recorded case %i without', (_, steps) => {
    replay(undefined, steps);
  });
});
