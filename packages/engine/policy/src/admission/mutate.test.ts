import type { KubeObject } from '@sekisho/kube';
import { describe, expect, it } from 'vitest';
import { type MutateAdmissionContext, mutateAdmission } from './mutate.ts';
import { objectOf, type PolicyParts, policiesOf, surroundingsOf } from './testing/policies.ts';

const web = objectOf('Pod', 'web', {
  labels: { app: 'web' },
  spec: {
    containers: [
      { name: 'a', image: 'a:1', args: ['x'] },
      { name: 'b', image: 'b:1' },
    ],
  },
});

function apply(expression: string) {
  return { patchType: 'ApplyConfiguration', applyConfiguration: { expression } };
}

function jsonPatch(expression: string) {
  return { patchType: 'JSONPatch', jsonPatch: { expression } };
}

function mutating(mutations: readonly object[], rest: Partial<PolicyParts> & { spec?: object } = {}): PolicyParts {
  const { spec, ...others } = rest;
  return {
    kind: 'MutatingAdmissionPolicy',
    ...others,
    spec: { reinvocationPolicy: 'Never', mutations, ...spec },
  };
}

function mutate(
  parts: PolicyParts | readonly PolicyParts[],
  object: KubeObject = web,
  context: Partial<MutateAdmissionContext> = {},
) {
  const policies = policiesOf(...(Array.isArray(parts) ? (parts as PolicyParts[]) : [parts as PolicyParts]));
  expect(policies.diagnostics).toEqual([]);
  return mutateAdmission(policies, { object }, { surroundings: surroundingsOf(), ...context });
}

describe('ApplyConfiguration', () => {
  it.each<[expression: string, path: string[], value: unknown]>([
    [
      "Object{metadata: Object.metadata{labels: {'team': 'shop'}}}",
      ['metadata', 'labels'],
      { app: 'web', team: 'shop' },
    ],
    ['Object{spec: Object.spec{?hostNetwork: optional.none()}}', ['spec', 'hostNetwork'], undefined],
    ['Object{spec: Object.spec{hostNetwork: object.metadata.name == "web"}}', ['spec', 'hostNetwork'], true],
    [
      "Object{spec: Object.spec{containers: object.spec.containers.map(c, Object.spec.containers{name: c.name, imagePullPolicy: 'Always'})}}",
      ['spec', 'containers'],
      [
        { name: 'a', image: 'a:1', args: ['x'], imagePullPolicy: 'Always' },
        { name: 'b', image: 'b:1', imagePullPolicy: 'Always' },
      ],
    ],
    [
      "Object{spec: Object.spec{containers: [Object.spec.containers{name: 'side', image: 'side:1'}]}}",
      ['spec', 'containers'],
      [
        { name: 'a', image: 'a:1', args: ['x'] },
        { name: 'b', image: 'b:1' },
        { name: 'side', image: 'side:1' },
      ],
    ],
    [
      "Object{spec: Object.spec{securityContext: {'runAsNonRoot': true}}}",
      ['spec', 'securityContext'],
      { runAsNonRoot: true },
    ],
  ])('%s', (expression, [first = '', second = ''], value) => {
    const { object, error, changedBy } = mutate(mutating([apply(expression)]));
    expect(error).toBeUndefined();
    expect((object[first] as Record<string, unknown>)[second]).toEqual(value);
    expect(changedBy).toEqual(value === undefined ? [] : ['rule']);
  });

  it.each<[expression: string, error: string]>([
    ['Object{spec: Object.spec{replicas: 1}}', 'spec.replicas: field not declared in schema'],
    ["Object{spec: Object.spec{containers: [Object.spec.containers{name: 'a', args: ['y']}]}}", 'atomic'],
    ['Object{spec: Object.metadata{}}', 'unexpected type name "Object.metadata", expected "Object.spec"'],
    ["{'spec': {}}", 'must give an Object'],
    ['Object.spec{}', 'must give an Object'],
    ['Object{metadata: object.metadata.absent}', "no such key: 'absent'"],
    ["Object{metadata: Object.metadata{name: 'other'}}", 'may not change metadata.name'],
  ])('%s is refused', (expression, error) => {
    const outcome = mutate(mutating([apply(expression)]));
    expect(outcome).toEqual({ object: web, changedBy: [], error: expect.stringContaining(error) });
    expect(outcome.error).toMatch(/^MutatingAdmissionPolicy 'rule' with binding 'rule-everywhere' denied request: /);
    const ignored = mutate(mutating([apply(expression)], { spec: { failurePolicy: 'Ignore' } }));
    expect(ignored).toEqual({ object: web, changedBy: [] });
    expect(ignored.object).toBe(web);
  });

  it('merges lists of custom resources by their schema', () => {
    const rule = { apiGroups: ['example.org'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['mixes'] };
    const mix: KubeObject = {
      apiVersion: 'example.org/v1',
      kind: 'Mix',
      metadata: { name: 'm' },
      parts: [{ name: 'a' }],
    };
    const parts = mutating([apply("Object{parts: [Object.parts{name: 'b'}]}")], {
      spec: { matchConstraints: { resourceRules: [rule] } },
    });
    const text = { type: 'string' } as const;
    const items = { type: 'object', properties: { name: text } } as const;
    const schemaOf = () =>
      ({
        type: 'object',
        properties: { parts: { type: 'array', listType: 'map', listMapKeys: ['name'], items } },
      }) as const;
    expect(mutate(parts, mix, { schemaOf }).object['parts']).toEqual([{ name: 'a' }, { name: 'b' }]);
    expect(mutate(parts, mix).error).toMatch(/atomic/);
  });
});

describe('JSONPatch', () => {
  it.each<[expression: string, labels: unknown]>([
    ["[JSONPatch{op: 'add', path: '/metadata/labels/team', value: 'shop'}]", { app: 'web', team: 'shop' }],
    ["[JSONPatch{op: 'remove', path: '/metadata/labels/app'}]", {}],
    ["[JSONPatch{op: 'move', from: '/metadata/labels/app', path: '/metadata/labels/was'}]", { was: 'web' }],
    [
      "[JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey('a~b/c'), value: '1'}]",
      { app: 'web', 'a~b/c': '1' },
    ],
    ["[JSONPatch{op: 'replace', path: '/metadata/labels', value: Object.metadata.labels{a: 'b'}}]", { a: 'b' }],
    [
      "[JSONPatch{op: 'test', path: '/metadata/labels/app', value: 'db'}, JSONPatch{op: 'remove', path: '/metadata/labels'}]",
      { app: 'web' },
    ],
    ['[]', { app: 'web' }],
  ])('%s', (expression, labels) => {
    const { object, error } = mutate(mutating([jsonPatch(expression)]));
    expect(error).toBeUndefined();
    expect(object.metadata.labels).toEqual(labels);
  });

  it.each([
    ["[JSONPatch{op: 'remove', path: '/metadata/annotations/x'}]", 'JSON Patch'],
    ["[JSONPatch{op: 'leap', path: '/metadata'}]", 'JSON Patch'],
    ["[{'op': 'remove', 'path': '/metadata/labels'}]", 'must give a list of JSONPatch'],
    ["JSONPatch{op: 'remove', path: '/metadata/labels'}", 'must give a list of JSONPatch'],
    ["[JSONPatch{op: 1, path: '/metadata/labels'}]", 'JSONPatch.op must be a string'],
    ["[JSONPatch{op: 'replace', path: '/kind', value: 'Secret'}]", 'may not change kind'],
    ["[JSONPatch{op: 'remove', path: '/metadata'}]", 'may not change metadata.name'],
    ["[JSONPatch{op: 'replace', path: '', value: 1}]", 'may not change apiVersion'],
  ])('%s is refused', (expression, error) => {
    expect(mutate(mutating([jsonPatch(expression)])).error).toContain(error);
  });
});

describe('mutations', () => {
  const label = (name: string, value: string) =>
    apply(`Object{metadata: Object.metadata{labels: {'${name}': ${value}}}}`);

  it('see what those before them made, in variables, too', () => {
    const variables = [{ name: 'count', expression: 'string(object.metadata.labels.size())' }];
    const { object } = mutate(
      mutating([label('one', 'variables.count'), label('two', 'variables.count')], { spec: { variables } }),
    );
    expect(object.metadata.labels).toEqual({ app: 'web', one: '1', two: '2' });
  });

  it('of all parameters are made', () => {
    const team = (name: string) => objectOf('ConfigMap', name, { data: { [name]: 'yes' } });
    const parts = mutating([apply('Object{metadata: Object.metadata{labels: params.data}}')], {
      spec: { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } },
      binding: { paramRef: { selector: {}, parameterNotFoundAction: 'Deny' } },
    });
    const { object } = mutate(parts, web, { surroundings: surroundingsOf(team('a'), team('b')) });
    expect(object.metadata.labels).toEqual({ app: 'web', a: 'yes', b: 'yes' });
    expect(mutate(parts).error).toMatch(/failed to configure binding: no params found/);
  });

  it('are left out where conditions, rules or bindings do not match', () => {
    const never = [{ name: 'never', expression: 'false' }];
    for (const rest of [
      { spec: { matchConditions: never } },
      { binding: { matchResources: { objectSelector: { matchLabels: { app: 'db' } } } } },
      { binding: { matchResources: { namespaceSelector: { matchLabels: { env: 'x' } } } } },
    ]) {
      expect(mutate(mutating([label('a', "'b'")], rest))).toEqual({ object: web, changedBy: [] });
    }
    const broken = [{ name: 'broken', expression: 'object.spec.absent' }];
    expect(mutate(mutating([label('a', "'b'")], { spec: { matchConditions: broken } })).error).toMatch(
      /match condition "broken"/,
    );
  });

  it('that change nothing leave the very object', () => {
    const outcome = mutate(mutating([label('app', "'web'")]));
    expect(outcome.object).toBe(web);
    expect(outcome.changedBy).toEqual([]);
  });

  it('share one budget', () => {
    const long = objectOf('Pod', 'web', { spec: { list: Array.from({ length: 100 }, (_, i) => i) } });
    const costly = apply('object.spec.list.all(a, a < 9999) ? Object{} : Object{}');
    expect(mutate(mutating([costly]), long, { costLimits: { policy: 1000 } }).error).toBeUndefined();
    const outcome = mutate(mutating([costly, costly, costly]), long, { costLimits: { policy: 1000 } });
    expect(outcome.error).toMatch(/running out of cost budget/);
  });
});

describe('several policies', () => {
  const note = (name: string, reinvocationPolicy: string) =>
    mutating(
      [apply("Object{metadata: Object.metadata{annotations: {'seen': string(object.metadata.labels.size())}}}")],
      {
        name,
        spec: { reinvocationPolicy },
      },
    );
  const add = mutating([apply("Object{metadata: Object.metadata{labels: {'b': 'b'}}}")], { name: 'b' });

  it('run by name', () => {
    const { object, changedBy } = mutate([add, note('a', 'Never'), note('c', 'Never')]);
    expect(changedBy).toEqual(['a', 'b', 'c']);
    expect(object.metadata.annotations).toEqual({ seen: '2' });
  });

  it('run once more when what comes after them changed something, and they ask for it', () => {
    expect(mutate([note('a', 'Never'), add]).object.metadata.annotations).toEqual({ seen: '1' });
    expect(mutate([note('a', 'IfNeeded'), add]).object.metadata.annotations).toEqual({ seen: '2' });
  });

  it('change nothing when one of them fails', () => {
    const broken = mutating([apply('Object{metadata: object.absent}')], { name: 'z' });
    expect(mutate([add, broken])).toMatchObject({ object: web, changedBy: [] });
  });
});
