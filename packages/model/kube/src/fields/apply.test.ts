import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ApplyRequest,
  builtinSchema,
  canonicalJson,
  conflictCauses,
  FieldSet,
  fieldSetOf,
  formatConflicts,
  type KubeObject,
  lastAppliedAnnotation,
  type Schema,
  serverSideApply,
  trackUpdate,
} from '../index.ts';

const schema = builtinSchema({ group: 'apps', version: 'v1', kind: 'Deployment' });
const time = '2026-01-01T00:00:00Z';
const later = '2026-01-01T00:00:07Z';

function deployment(spec: Record<string, unknown>, metadata: Record<string, unknown> = {}): KubeObject {
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop', ...metadata }, spec };
}

const container = (name: string, rest: Record<string, unknown> = {}): unknown => ({
  name,
  image: `${name}:1`,
  ...rest,
});
const pods = (...containers: unknown[]): Record<string, unknown> => ({ template: { spec: { containers } } });

function apply(live: KubeObject | undefined, applied: KubeObject, options: Partial<ApplyRequest> = {}): KubeObject {
  const result = serverSideApply({
    schema,
    live,
    applied,
    manager: 'a',
    force: false,
    time,
    apiVersion: 'apps/v1',
    ...options,
  });
  expect(formatConflicts(result.conflicts)).toBe(formatConflicts([]));
  return result.object;
}

function conflicts(live: KubeObject, applied: KubeObject, options: Partial<ApplyRequest> = {}): string {
  const request = { schema, live, applied, manager: 'b', force: false, time, apiVersion: 'apps/v1', ...options };
  const result = serverSideApply(request);
  expect(result.object).toBe(live);
  return formatConflicts(result.conflicts);
}

function update(live: KubeObject | undefined, updated: KubeObject, manager = 'u', at = time): KubeObject {
  return trackUpdate({ schema, live, updated, manager, time: at, apiVersion: 'apps/v1', operation: 'Update' });
}

/** `manager/operation: paths` for each entry. */
function ownership(object: KubeObject): string[] {
  return (object.metadata.managedFields ?? []).map(
    (entry) =>
      `${entry.manager}/${entry.operation}: ${FieldSet.parse(entry.fieldsV1).toString().split('\n').join(' ')}`,
  );
}

describe('serverSideApply', () => {
  it('creates an object and records leaves, items and set fields, without identity fields', () => {
    const created = apply(
      undefined,
      deployment(
        { replicas: 2, ...pods(container('web', { ports: [{ containerPort: 80 }] })) },
        { labels: { app: 'web' }, finalizers: ['x'] },
      ),
    );
    expect(ownership(created)).toEqual([
      'a/Apply: .metadata.finalizers[="x"] .metadata.labels.app .spec.replicas ' +
        '.spec.template.spec.containers[name="web"] .spec.template.spec.containers[name="web"].image ' +
        '.spec.template.spec.containers[name="web"].name ' +
        '.spec.template.spec.containers[name="web"].ports[containerPort=80,protocol="TCP"] ' +
        '.spec.template.spec.containers[name="web"].ports[containerPort=80,protocol="TCP"].containerPort',
    ]);
    expect(created.metadata.managedFields?.[0]).toMatchObject({
      manager: 'a',
      operation: 'Apply',
      apiVersion: 'apps/v1',
      time,
      fieldsType: 'FieldsV1',
    });
  });

  it('returns the live object itself when nothing changes', () => {
    const live = apply(undefined, deployment({ replicas: 2 }));
    expect(apply(live, deployment({ replicas: 2 }), { time: later })).toBe(live);
  });

  it('moves the time only of who changed something', () => {
    let live = apply(undefined, deployment({ replicas: 2 }));
    live = apply(live, deployment({ paused: true }), { manager: 'b', time: later });
    live = apply(live, deployment({ replicas: 3 }), { time: '2026-01-01T00:00:09Z' });
    expect(live.metadata.managedFields?.map((entry) => [entry.manager, entry.time])).toEqual([
      ['b', later],
      ['a', '2026-01-01T00:00:09Z'],
    ]);
  });

  it('words a single conflict like the API server', () => {
    const live = update(undefined, deployment({ replicas: 2 }), 'kubectl-client-side-apply');
    expect(conflicts(live, deployment({ replicas: 3 }))).toBe(
      'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas',
    );
  });

  it('words several conflicts as a list by manager, and an applier without its version', () => {
    let live = update(undefined, deployment({ replicas: 2, paused: true }), 'scaler');
    live = apply(live, deployment(pods(container('web'))), { manager: 'team', subresource: 'status' });
    const wanted = deployment({ replicas: 3, paused: false, ...pods(container('web', { image: 'web:2' })) });
    expect(conflicts(live, wanted)).toBe(
      [
        'Apply failed with 3 conflicts: conflicts with "scaler" using apps/v1:',
        '- .spec.paused',
        '- .spec.replicas',
        'conflicts with "team" with subresource "status":',
        '- .spec.template.spec.containers[name="web"].image',
      ].join('\n'),
    );
    const request = { schema, live, applied: wanted, manager: 'b', force: false, time, apiVersion: 'apps/v1' };
    expect(conflictCauses(serverSideApply(request).conflicts)[0]).toEqual({
      reason: 'FieldManagerConflict',
      message: 'conflict with "scaler" using apps/v1',
      field: '.spec.paused',
    });
  });

  it('shares a field when the value is the same, and keeps it until the last owner leaves', () => {
    let live = apply(undefined, deployment({ replicas: 2 }));
    live = apply(live, deployment({ replicas: 2, paused: true }), { manager: 'b' });
    live = apply(live, deployment({ revisionHistoryLimit: 1 }));
    expect(live['spec']).toEqual({ replicas: 2, paused: true, revisionHistoryLimit: 1 });
    live = apply(live, deployment({ paused: true }), { manager: 'b' });
    expect(live['spec']).toEqual({ paused: true, revisionHistoryLimit: 1 });
  });

  it('takes a field over by force', () => {
    let live = apply(undefined, deployment({ replicas: 2, paused: true }));
    live = apply(live, deployment({ replicas: 3 }), { manager: 'b', force: true });
    expect(ownership(live)).toEqual(['a/Apply: .spec.paused', 'b/Apply: .spec.replicas']);
    expect(conflicts(live, deployment({ replicas: 2, paused: true }), { manager: 'a' })).toBe(
      'Apply failed with 1 conflict: conflict with "b": .spec.replicas',
    );
  });

  it('removes items and map keys that it no longer applies, and nothing of others', () => {
    let live = apply(
      undefined,
      deployment(pods(container('web'), container('old')), { labels: { app: 'web', tier: 'x' }, finalizers: ['mine'] }),
    );
    live = update(live, { ...live, metadata: { ...live.metadata, finalizers: ['mine', 'other'] } });
    live = apply(live, deployment(pods(container('web')), { labels: { app: 'web' } }));
    expect(live).toMatchObject({
      metadata: { labels: { app: 'web' }, finalizers: ['other'] },
      spec: { template: { spec: { containers: [{ name: 'web' }] } } },
    });
  });

  it('keeps an item in which somebody else owns something', () => {
    let live = apply(undefined, deployment(pods(container('web'), container('side'))));
    live = apply(live, deployment(pods({ name: 'side', stdin: true })), { manager: 'b' });
    live = apply(live, deployment(pods(container('web'))));
    expect(live['spec']).toEqual(pods(container('web'), { name: 'side', stdin: true }));
  });

  it('keeps the order of items that others have put between', () => {
    let live = apply(undefined, deployment(pods(container('a'), container('b'))));
    live = apply(live, deployment(pods(container('c'))), { manager: 'b' });
    live = apply(live, deployment(pods(container('b'), container('d'), container('a'))));
    const { template } = live['spec'] as { template: { spec: { containers: { name: string }[] } } };
    expect(template.spec.containers.map((item) => item.name)).toEqual(['b', 'c', 'd', 'a']);
  });

  it('names the owner of an untracked object before-first-apply', () => {
    const live = deployment({ replicas: 2, paused: true });
    const applied = serverSideApply({
      schema,
      live,
      applied: deployment({ replicas: 3 }),
      manager: 'a',
      force: false,
      time,
      apiVersion: 'apps/v1',
    });
    expect(formatConflicts(applied.conflicts)).toBe(
      'Apply failed with 1 conflict: conflict with "before-first-apply" using apps/v1: .spec.replicas',
    );
    expect(ownership(apply(live, deployment({ replicas: 2 })))[1]).toMatch(/^before-first-apply\/Update: /);
  });

  it('lets kubectl take over what its client-side apply has set, and renews its record', () => {
    const record = JSON.stringify(deployment({ replicas: 2 }));
    const live = update(
      undefined,
      deployment({ replicas: 2, paused: true }, { annotations: { [lastAppliedAnnotation]: record } }),
      'kubectl-client-side-apply',
    );
    expect(conflicts(live, deployment({ replicas: 3 }))).toMatch(/^Apply failed/);
    const taken = apply(live, deployment({ replicas: 3 }), { manager: 'kubectl' });
    expect(taken['spec']).toEqual({ replicas: 3, paused: true });
    expect(JSON.parse(taken.metadata.annotations?.[lastAppliedAnnotation] ?? '')).toEqual(deployment({ replicas: 3 }));
    // Not part of the record: still a conflict.
    expect(conflicts(live, deployment({ replicas: 3, paused: false }), { manager: 'kubectl' })).toBe(
      'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.paused',
    );
  });

  it('does not let an endpoint own what it resets', () => {
    const created = apply(
      undefined,
      { ...deployment({ replicas: 1 }), status: { replicas: 1 } },
      { resetFields: [['status']] },
    );
    expect(ownership(created)).toEqual(['a/Apply: .spec.replicas']);
  });

  it('removes a field that is applied as null', () => {
    let live = apply(undefined, deployment({ replicas: 2, paused: true }));
    live = apply(live, deployment({ replicas: 2, paused: null }));
    expect(live['spec']).toEqual({ replicas: 2 });
  });

  it('owns the whole of what became atomic', () => {
    const granular: Schema = {
      type: 'object',
      properties: {
        spec: { type: 'object', properties: { m: { type: 'object', additionalProperties: { type: 'string' } } } },
      },
    };
    const atomic: Schema = {
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          properties: { m: { type: 'object', mapType: 'atomic', additionalProperties: { type: 'string' } } },
        },
      },
    };
    const live = apply(undefined, deployment({ m: { a: '1', b: '2' } }), { schema: granular });
    const next = apply(live, deployment({ m: { a: '1' } }), { schema: atomic });
    expect(next['spec']).toEqual({ m: { a: '1' } });
    expect(ownership(next)).toEqual(['a/Apply: .spec.m']);
  });

  it.each([
    ['an undeclared field', { foo: 1 }, '.spec.foo: field not declared in schema'],
    [
      'two items of one key',
      pods(container('x'), container('x')),
      '.spec.template.spec.containers: duplicate entries for key [name="x"]',
    ],
    [
      'an item without its key',
      pods({ image: 'x' }),
      '.spec.template.spec.containers: element 0: associative list with keys has an element that omits all key fields ["name"] (and doesn\'t have default values for any key fields)',
    ],
    [
      'a null item',
      pods(null),
      '.spec.template.spec.containers: element 0: associative list with keys may not have a null element',
    ],
    ['a list for a map', { template: [] }, '.spec.template: expected map, got list'],
    ['a text for a number', { replicas: 'hunter2' }, '.spec.replicas: expected numeric (int or float), got string'],
  ])('refuses %s and names the path', (_, spec, problem) => {
    expect(() => apply(undefined, deployment(spec))).toThrow(
      expect.objectContaining({
        code: 'APPLY_INVALID',
        message: `failed to create typed patch object (shop/web; apps/v1, Kind=Deployment): ${problem}`,
      }),
    );
  });

  it('refuses managedFields and another version in what is applied', () => {
    expect(() => apply(undefined, deployment({}, { managedFields: [] }))).toThrow('metadata.managedFields must be nil');
    expect(() => apply(undefined, deployment({}), { apiVersion: 'apps/v2' })).toThrow('Incorrect version specified');
  });

  it('refuses what is nested without end', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 5000; i++) deep = { a: deep };
    expect(() => apply(undefined, deployment({ deep }), { schema: undefined })).toThrow(
      expect.objectContaining({ code: 'OBJECT_TOO_DEEP' }),
    );
  });

  it('treats __proto__ and constructor as plain keys', () => {
    const labels = JSON.parse('{"__proto__":"x","constructor":"y"}') as Record<string, string>;
    const live = apply(undefined, deployment({}, { labels }));
    const next = apply(
      apply(live, deployment({}, { labels: { z: '1' } }), { manager: 'b' }),
      deployment({}, { labels }),
    );
    expect(Object.entries(next.metadata.labels ?? {})).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
      ['z', '1'],
    ]);
    expect(Object.keys(apply(next, deployment({})).metadata.labels ?? {})).toEqual(['z']);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });
});

describe('trackUpdate', () => {
  it('records a create and, for a change, only what changed', () => {
    const live = update(undefined, deployment({ replicas: 2 }, { labels: { a: '1' } }), 'creator');
    expect(ownership(live)).toEqual(['creator/Update: .spec .metadata.labels .metadata.labels.a .spec.replicas']);
    const next = update(live, { ...live, spec: { replicas: 3 } }, 'scaler', later);
    expect(ownership(next)).toEqual([
      'creator/Update: .spec .metadata.labels .metadata.labels.a',
      'scaler/Update: .spec.replicas',
    ]);
    expect(next.metadata.managedFields?.map((entry) => entry.time)).toEqual([time, later]);
  });

  it('returns the object itself when nothing changed', () => {
    const live = update(undefined, deployment({ replicas: 2 }));
    expect(update(live, live, 'other', later)).toBe(live);
  });

  it('keeps the entries of live when the client sends none, and forgets them on []', () => {
    const live = update(undefined, deployment({ replicas: 2 }));
    expect(update(live, deployment({ replicas: 2 })).metadata.managedFields).toEqual(live.metadata.managedFields);
    const reset = update(live, deployment({ replicas: 2 }, { managedFields: [] }));
    expect(reset.metadata.managedFields).toBeUndefined();
    // Tracking does not start again before somebody applies.
    expect(update(reset, deployment({ replicas: 5 })).metadata.managedFields).toBeUndefined();
  });

  it('drops entries that it cannot read', () => {
    const broken = [
      { manager: 'x', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: { nonsense: {} } },
    ];
    const live = update(undefined, deployment({ replicas: 2 }));
    const next = update(live, deployment({ replicas: 2 }, { managedFields: broken }));
    expect(next.metadata.managedFields).toEqual(live.metadata.managedFields);
  });

  it('ignores managedFields in a subresource request', () => {
    const live = update(undefined, deployment({ replicas: 2 }));
    const updated = { ...live, metadata: { ...live.metadata, managedFields: [] } };
    const request = {
      schema,
      live,
      updated,
      manager: 'c',
      time,
      apiVersion: 'apps/v1',
      operation: 'Update',
      subresource: 'status',
    } as const;
    expect(trackUpdate(request).metadata.managedFields).toEqual(live.metadata.managedFields);
  });

  it('merges the oldest of more than ten updaters', () => {
    let live: KubeObject | undefined;
    for (let i = 0; i < 14; i++) {
      const labels = { ...live?.metadata.labels, [`l${i}`]: 'x' };
      live = update(live, deployment({}, { labels }), `manager-${i}`, `2026-01-01T00:00:${10 + i}Z`);
    }
    const managers = live?.metadata.managedFields?.map((entry) => entry.manager);
    expect(managers).toHaveLength(10);
    expect(managers?.[0]).toBe('ancient-changes');
    expect(managers?.slice(-2)).toEqual(['manager-12', 'manager-13']);
  });
});

const name = fc.constantFrom('a', 'b', 'c');
const anyContainer = fc.record(
  { name, image: fc.constantFrom('x:1', 'x:2'), args: fc.array(name, { maxLength: 2 }), stdin: fc.boolean() },
  { requiredKeys: ['name'] },
);
/** Without empty maps and lists, the spec among them: an empty value over one that is not says nothing. */
const anyDeployment = fc
  .record(
    {
      replicas: fc.nat(2),
      paused: fc.boolean(),
      labels: fc.dictionary(name, name, { minKeys: 1, maxKeys: 2 }),
      containers: fc.uniqueArray(anyContainer, { selector: (item) => item.name, minLength: 1, maxLength: 3 }),
      finalizers: fc.uniqueArray(name, { minLength: 1, maxLength: 2 }),
    },
    { requiredKeys: [] },
  )
  .filter(({ replicas, paused, containers }) => [replicas, paused, containers].some((field) => field !== undefined))
  .map(({ replicas, paused, labels, containers, finalizers }) =>
    deployment(
      {
        ...(replicas === undefined ? {} : { replicas }),
        ...(paused === undefined ? {} : { paused }),
        ...(containers === undefined ? {} : pods(...containers)),
      },
      { ...(labels === undefined ? {} : { labels }), ...(finalizers === undefined ? {} : { finalizers }) },
    ),
  );

describe('laws of server-side apply', () => {
  const force = (live: KubeObject | undefined, applied: KubeObject, manager: string): KubeObject =>
    apply(live, applied, { manager, force: true });

  it('applying the same twice changes nothing', () => {
    fc.assert(
      fc.property(anyDeployment, anyDeployment, anyDeployment, (first, second, third) => {
        const live = force(force(update(undefined, first), second, 'a'), third, 'b');
        expect(apply(live, structuredClone(third), { manager: 'b', time: later })).toBe(live);
      }),
    );
  });

  it('after a forced apply everything applied is there and owned, and a retry has no conflict', () => {
    fc.assert(
      fc.property(anyDeployment, anyDeployment, (first, second) => {
        const live = force(force(undefined, first, 'a'), second, 'b');
        const stated = fieldSetOf(schema, second);
        expect(stated.difference(fieldSetOf(schema, live)).isEmpty).toBe(true);
        const mine = live.metadata.managedFields?.find((entry) => entry.manager === 'b');
        const owned = mine === undefined ? FieldSet.empty : FieldSet.parse(mine.fieldsV1);
        expect(owned.difference(stated).isEmpty).toBe(true);
      }),
    );
  });

  it('an apply that nobody else touches is taken back completely by applying nothing', () => {
    fc.assert(
      fc.property(anyDeployment, (applied) => {
        const live = apply(undefined, applied);
        const { managedFields, ...metadata } = apply(live, deployment({})).metadata;
        expect(managedFields).toHaveLength(1);
        expect(Object.keys(metadata).filter((key) => !['name', 'namespace'].includes(key))).toEqual([]);
      }),
    );
  });

  it('never changes its inputs', () => {
    fc.assert(
      fc.property(anyDeployment, anyDeployment, (first, second) => {
        const live = update(undefined, first);
        const before = canonicalJson([live, second]);
        force(live, second, 'b');
        update(live, second, 'c');
        expect(canonicalJson([live, second])).toBe(before);
      }),
    );
  });
});
