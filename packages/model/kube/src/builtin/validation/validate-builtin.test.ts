import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gvkOf, type KubeObject } from '../../object.ts';
import { type FieldError, formatFieldError } from '../../schema/field-error.ts';
import { prune } from '../../schema/prune.ts';
import type { Schema } from '../../schema/schema.ts';
import { validateObject } from '../../schema/validate.ts';
import { applyChange, type Change, deepFreeze, goldenObjects, readGolden } from '../../testing/golden.ts';
import { builtinSchema } from '../builtin-schema.ts';
import { defaultBuiltin } from '../defaults/default-builtin.ts';
import { scheduleFault } from './cron-job.ts';
import { validateBuiltin } from './validate-builtin.ts';
import { validateBuiltinUpdate } from './validate-update.ts';

interface Case {
  readonly base: number;
  readonly change: Change;
  readonly errors: readonly string[];
}

function normalize(object: KubeObject): { object: KubeObject; schema: Schema } {
  const schema = builtinSchema(gvkOf(object)) as Schema;
  return { object: deepFreeze(defaultBuiltin(prune(schema, object) as KubeObject)), schema };
}

function texts(errors: readonly FieldError[]): string[] {
  return [...new Set(errors.map(formatFieldError))].sort();
}

function title({ base, change }: Case): string {
  const { kind } = goldenObjects[base] as KubeObject;
  const what = 'value' in change ? `= ${JSON.stringify(change.value).slice(0, 60)}` : 'taken away';
  return `${kind} ${change.path.join('.')} ${what}`;
}

describe('validateBuiltin', () => {
  const cases = readGolden<Case>('refused.json');
  it.each(cases.map((entry) => [title(entry), entry] as const))(
    'says of %s what kube-apiserver says',
    (_title, entry) => {
      const { object, schema } = normalize(applyChange(goldenObjects[entry.base] as KubeObject, entry.change));
      const closed = validateObject(schema, object).filter((error) => error.type === 'notSupported');
      expect(texts([...validateBuiltin(object), ...closed])).toEqual(entry.errors);
    },
  );

  const meta: [why: string, metadata: object, errors: string[]][] = [
    ['a good name', { name: 'a.b-c' }, []],
    ['no name', {}, ['metadata.name: Required value: name or generateName is required']],
    ['a generated name', { generateName: 'a-' }, []],
    ['a label of 64', { name: 'a', labels: { a: 'x'.repeat(64) } }, ['must be no more than 63 bytes']],
    [
      'a prefix without name',
      { name: 'a', labels: { 'a/': '' } },
      ['name part must be non-empty', 'name part must consist'],
    ],
    [
      'annotations over 256 KiB',
      { name: 'a', annotations: { a: 'é'.repeat(131_072) } },
      ['may not be more than 262144 bytes'],
    ],
    [
      'a dangerous label key',
      { name: 'a', labels: JSON.parse('{"__proto__": "x"}') as object },
      ['name part must consist'],
    ],
  ];
  it.each(meta)('holds every kind against the rules of metadata: %s', (_why, metadata, errors) => {
    const found = texts(validateBuiltin({ apiVersion: 'example.com/v1', kind: 'Foo', metadata: metadata as never }));
    expect(found).toHaveLength(errors.length);
    for (const error of errors) expect(found.join('\n')).toContain(error);
  });

  it('takes any JSON without failing', () => {
    const heads = goldenObjects.map(({ apiVersion, kind }) => ({ apiVersion, kind }));
    const part = fc.constantFrom(
      'metadata',
      'spec',
      'status',
      'data',
      'rules',
      'webhooks',
      'template',
      'subsets',
      'roleRef',
    );
    fc.assert(
      fc.property(fc.constantFrom(...heads), fc.dictionary(part, fc.jsonValue()), (head, body) => {
        const object = deepFreeze({ metadata: {}, ...body, ...head }) as unknown as KubeObject;
        validateBuiltin(object);
        validateBuiltinUpdate(object, object);
      }),
    );
  });
});

describe('validateBuiltinUpdate', () => {
  const cases = readGolden<Case>('updates.json');
  it.each(cases.map((entry) => [title(entry), entry] as const))(
    'says of %s what kube-apiserver says',
    (_title, entry) => {
      const old = goldenObjects[entry.base] as KubeObject;
      const next = normalize(applyChange(old, entry.change)).object;
      expect(texts(validateBuiltinUpdate(normalize(old).object, next))).toEqual(entry.errors);
    },
  );

  it('allows every object to stay as it is', () => {
    for (const object of goldenObjects) {
      const same = normalize(object).object;
      expect(validateBuiltinUpdate(same, structuredClone(same))).toEqual([]);
    }
  });

  it('refuses new finalizers on an object that is being deleted', () => {
    const old: KubeObject = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a', deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['a/b'] },
    };
    const next = { ...old, metadata: { ...old.metadata, finalizers: ['a/b', 'c/d'] } };
    expect(validateBuiltinUpdate(old, next).map(({ path, type }) => [path, type])).toEqual([
      ['metadata.finalizers', 'forbidden'],
    ]);
  });
});

describe('scheduleFault', () => {
  const good = ['* * * * *', '*/5 1-3 1,15 jan-dec MON', '0 0 1 1 ?', '@daily', '@every 1h30m', '1-10/3 * * * *'];
  it.each(good)('takes %s', (schedule) => {
    expect(scheduleFault(schedule)).toBeUndefined();
  });
  const bad: [schedule: string, fault: string][] = [
    ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
    ['60 * * * *', 'end of range (60) above maximum (59): 60'],
    ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
    ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'],
    ['*/0 * * * *', 'step of range should be a positive number: */0'],
    ['@sometimes', 'unrecognized descriptor: @sometimes'],
    ['TZ=UTC * * * * *', 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'],
    ['x * * * *', 'failed to parse int from x'],
  ];
  it.each(bad)('refuses %s', (schedule, fault) => {
    expect(scheduleFault(schedule)).toBe(fault);
  });
});
