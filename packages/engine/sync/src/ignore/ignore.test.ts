import type { KubeObject, ManagedFieldsEntry } from '@sekisho/kube';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  compareObject,
  type IgnoreDifferences,
  type IgnoreRule,
  ignoredFields,
  type JsonPath,
  keepLiveFields,
  objectKeyOf,
  parseIgnoreRules,
} from '../index.ts';
import { resolvePointer, valueAt, withoutPaths } from './json-path.ts';

const rule = (part: Partial<IgnoreRule>): IgnoreRule => ({
  group: 'apps',
  kind: 'Deployment',
  namespace: '',
  name: '',
  jsonPointers: [],
  jqPathExpressions: [],
  managedFieldsManagers: [],
  ...part,
});

function deployment(spec: Record<string, unknown>, metadata: Partial<KubeObject['metadata']> = {}): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop', ...metadata },
    spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
  };
}

const containers = (...list: Record<string, unknown>[]) => ({ template: { spec: { containers: list } } });

function compare(desired: KubeObject, live: KubeObject, ignore: IgnoreDifferences) {
  const ignored = ignoredFields(ignore, objectKeyOf(desired), desired, live);
  return compareObject({ desired, live, ...(ignored === undefined ? {} : { ignored }) });
}

describe('compareObject leaves out', () => {
  const live = deployment({ replicas: 5, ...containers({ name: 'web', image: 'a:2' }) });
  const desired = deployment({ replicas: 2, ...containers({ name: 'web', image: 'a:1' }) });

  test.each<[title: string, rules: IgnoreRule[], paths: string[]]>([
    ['nothing without a rule', [], ['spec.replicas', 'spec.template.spec.containers[name=web].image']],
    [
      'what a JSON pointer names',
      [rule({ jsonPointers: ['/spec/replicas'] })],
      ['spec.template.spec.containers[name=web].image'],
    ],
    ['an item by position', [rule({ jsonPointers: ['/spec/template/spec/containers/0/image'] })], ['spec.replicas']],
    ['with globs', [rule({ group: '*', kind: 'Deploy*', name: 'w?b', jsonPointers: ['/spec'] })], []],
    [
      'not of another name',
      [rule({ name: 'api', jsonPointers: ['/spec'] })],
      ['spec.replicas', 'spec.template.spec.containers[name=web].image'],
    ],
    [
      'not of the core group',
      [rule({ group: '', jsonPointers: ['/spec'] })],
      ['spec.replicas', 'spec.template.spec.containers[name=web].image'],
    ],
    [
      'nothing by a pointer that leads nowhere',
      [rule({ jsonPointers: ['/spec/x/y', '/spec/replicas/0'] })],
      ['spec.replicas', 'spec.template.spec.containers[name=web].image'],
    ],
    [
      'several things at once',
      [rule({ jsonPointers: ['/spec/replicas'] }), rule({ jsonPointers: ['/spec/template/spec/containers/0/image'] })],
      [],
    ],
  ])('%s', (_title, rules, paths) => {
    expect(compare(desired, live, { rules }).changes.map(({ path }) => path)).toEqual(paths);
  });

  test('what jq names, each side by its own answer', () => {
    const rules = [rule({ jqPathExpressions: ['.spec.template.spec.containers[] | select(.name == "proxy")'] })];
    const injected = deployment({
      replicas: 2,
      ...containers({ name: 'proxy', image: 'p' }, { name: 'web', image: 'a:1' }),
    });
    const old = deployment({
      replicas: 2,
      ...containers({ name: 'web', image: 'a:1' }, { name: 'proxy', image: 'old' }),
    });
    const jqPaths = (_: string, object: KubeObject): JsonPath[] => {
      const list = (object['spec'] as { template: { spec: { containers: { name: string }[] } } }).template.spec
        .containers;
      return list.flatMap(({ name }, i) => (name === 'proxy' ? [['spec', 'template', 'spec', 'containers', i]] : []));
    };
    expect(compare(old, injected, { rules }).status).toBe('OutOfSync');
    expect(compare(old, injected, { rules, jqPaths }).status).toBe('Synced');
  });

  test('what a manager owns, and no more of the item', () => {
    const entry: ManagedFieldsEntry = {
      manager: 'autoscaler',
      operation: 'Update',
      apiVersion: 'apps/v1',
      fieldsType: 'FieldsV1',
      fieldsV1: {
        'f:spec': {
          'f:replicas': {},
          'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"web"}': { 'f:resources': { 'f:limits': {} } } } } },
        },
      },
    };
    const owned = deployment(
      { replicas: 9, ...containers({ name: 'web', image: 'a:2', resources: { limits: { cpu: '2' } } }) },
      { managedFields: [entry, { ...entry, manager: 'broken', fieldsV1: { 'k:{': {} } }] },
    );
    const wished = deployment({
      replicas: 2,
      ...containers({ name: 'web', image: 'a:1', resources: { limits: { cpu: '1' } } }),
    });
    const by = (...managers: string[]) => ({ rules: [rule({ managedFieldsManagers: managers })] });
    expect(compare(wished, owned, by('autoscaler', 'broken')).changes.map(({ path }) => path)).toEqual([
      'spec.template.spec.containers[name=web].image',
    ]);
    expect(compare(wished, owned, by('somebody')).changes).toHaveLength(3);
  });

  test('the data of a Secret that is written as stringData', () => {
    const secret = (part: Record<string, unknown>): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's', namespace: 'shop' },
      ...part,
    });
    const rules = [rule({ group: '', kind: 'Secret', jsonPointers: ['/data/password'] })];
    const wished = secret({ stringData: { password: 'a', user: 'u' } });
    const lives = secret({ data: { password: 'Yg==', user: 'dQ==' } });
    expect(compare(wished, lives, { rules }).status).toBe('Synced');
    const ignored = ignoredFields({ rules }, objectKeyOf(wished), wished, lives);
    const kept = keepLiveFields(wished, lives, ignored ?? { desired: [], live: [] });
    expect(kept).toMatchObject({ stringData: { user: 'u' }, data: { password: 'Yg==' } });
    expect(kept['stringData']).not.toHaveProperty('password');
  });

  test('a whole object, but never what names it', () => {
    const jqPaths = () => [[]];
    const { status, normalizedLive } = compare(desired, live, { rules: [rule({ jqPathExpressions: ['.'] })], jqPaths });
    expect(status).toBe('Synced');
    expect(normalizedLive).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'shop' },
    });
  });

  test('what was removed from git, when it is ignored', () => {
    const annotation = JSON.stringify(deployment({ replicas: 2 }));
    const applied = deployment(
      { replicas: 5 },
      { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': annotation } },
    );
    expect(compare(deployment({}), applied, { rules: [] }).status).toBe('OutOfSync');
    expect(compare(deployment({}), applied, { rules: [rule({ jsonPointers: ['/spec/replicas'] })] }).status).toBe(
      'Synced',
    );
  });
});

describe('keepLiveFields', () => {
  const keep = (desired: KubeObject, live: KubeObject, desiredPaths: JsonPath[], livePaths: JsonPath[]) =>
    keepLiveFields(desired, live, { desired: desiredPaths, live: livePaths })['spec'];

  test('takes the live value, also where git has none, and none where live has none', () => {
    const path = ['spec', 'replicas'];
    expect(keep(deployment({ replicas: 2 }), deployment({ replicas: 5 }), [path], [path])).toMatchObject({
      replicas: 5,
    });
    expect(keep(deployment({}), deployment({ replicas: 5 }), [], [path])).toMatchObject({ replicas: 5 });
    expect(keep(deployment({ replicas: 2 }), deployment({}), [path], [])).not.toHaveProperty('replicas');
  });

  test('finds the item of a keyed list by its key', () => {
    const desired = deployment(containers({ name: 'web', image: 'a:1' }));
    const live = deployment(containers({ name: 'proxy', image: 'p' }, { name: 'web', image: 'a:2' }));
    const image = (index: number) => ['spec', 'template', 'spec', 'containers', index, 'image'];
    expect(keep(desired, live, [image(0)], [image(0), image(1)])).toMatchObject(
      containers({ name: 'web', image: 'a:2' }),
    );
  });

  test('puts items of other lists where they live', () => {
    const custom = (list: unknown[]): KubeObject => ({
      apiVersion: 'x.dev/v1',
      kind: 'X',
      metadata: { name: 'x' },
      spec: { list },
    });
    expect(keep(custom(['a', 'c']), custom(['a', 'b', 'c']), [], [['spec', 'list', 1]])).toEqual({
      list: ['a', 'b', 'c'],
    });
  });
});

describe('paths', () => {
  test('are removed as they are in the value, whatever their order', () => {
    const value = { list: [0, 1, 2, 3, 4, 5], a: { 'b/c': 1, '': 2 } };
    expect(
      withoutPaths(value, [
        ['list', 0],
        ['list', -1],
        ['list', { start: 2, end: 4 }],
        ['a', 'b/c'],
        ['x', 'y'],
      ]),
    ).toEqual({
      list: [1, 4],
      a: { '': 2 },
    });
    expect(
      withoutPaths(value, [
        ['list', 9],
        ['__proto__', 'x'],
        ['a', 'b/c', 0],
      ]),
    ).toBe(value);
    expect(resolvePointer(value, ['a', 'b/c'])).toEqual(['a', 'b/c']);
    expect(resolvePointer(value, ['list', '5'])).toEqual(['list', 5]);
    expect(resolvePointer(value, ['list', '-'])).toBeUndefined();
    expect(valueAt(value, ['list', -2])).toBe(4);
  });

  test('never change the value that is given, nor fail', () => {
    const step = fc.oneof(
      fc.string(),
      fc.integer({ min: -5, max: 5 }),
      fc.record({ start: fc.option(fc.integer()), end: fc.option(fc.integer()) }),
    );
    fc.assert(
      fc.property(fc.jsonValue(), fc.array(fc.array(step, { maxLength: 4 }), { maxLength: 4 }), (value, paths) => {
        const before = JSON.stringify(value);
        withoutPaths(value, paths);
        expect(JSON.stringify(value)).toBe(before);
      }),
    );
  });
});

describe('parseIgnoreRules', () => {
  test.each<[title: string, value: unknown, says: string]>([
    ['no list', {}, 'must be a list'],
    ['no object', ['x'], '[0] must be an object'],
    ['no kind', [{ jsonPointers: ['/a'] }], 'kind is missing'],
    ['no field', [{ kind: 'X' }], 'names no field'],
    ['a pointer without slash', [{ kind: 'X', jsonPointers: ['spec'] }], '"spec" is no JSON pointer'],
    ['a wrong escape', [{ kind: 'X', jsonPointers: ['/a~2'] }], 'is no JSON pointer'],
    ['a number', [{ kind: 7, jsonPointers: ['/a'] }], 'kind must be a text'],
    ['a text for a list', [{ kind: 'X', jqPathExpressions: '.a' }], 'jqPathExpressions must be a list of texts'],
  ])('%s', (_title, value, says) => {
    const { rules, diagnostics } = parseIgnoreRules(value, 'application a/b');
    expect(rules).toEqual([]);
    expect(diagnostics.map(({ message }) => message).join('\n')).toContain(says);
    expect(diagnostics[0]).toMatchObject({ code: 'IGNORE_RULE_INVALID', origin: { file: 'application a/b' } });
  });

  test('more rules than anybody needs', () => {
    const rule = { kind: 'Pod', jsonPointers: ['/a'] };
    const read = (count: number) => parseIgnoreRules(Array(count).fill(rule), 'application a/b');
    expect(read(500).diagnostics).toEqual([]);
    expect(read(501)).toMatchObject({ rules: [], diagnostics: [{ code: 'IGNORE_RULE_INVALID' }] });
  });

  test('reads what Argo CD writes, and nothing', () => {
    expect(parseIgnoreRules(undefined, 'f')).toEqual({ rules: [], diagnostics: [] });
    const { rules } = parseIgnoreRules([{ group: 'apps', kind: 'Deployment', jsonPointers: ['/spec/replicas'] }], 'f');
    expect(rules).toEqual([rule({ jsonPointers: ['/spec/replicas'] })]);
  });
});
