import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { ExternalData } from '../external-data.ts';
import { documentsOf } from '../testing/documents.ts';
import { compileMutators, mutateObject } from './mutators.ts';
import { formatPath, parsePath } from './path.ts';

const APPLY = 'applyTo: [{groups: [""], versions: [v1], kinds: [Pod]}]';
const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { containers: [{ name: 'a', image: 'nginx:1' }] },
};

function mutator(kind: string, spec: string, name = 'one'): string {
  return `---\napiVersion: mutations.gatekeeper.sh/v1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: {${spec}}\n`;
}

function assign(location: string, value: string, name = 'one'): string {
  return mutator('Assign', `${APPLY}, location: '${location}', parameters: {assign: {value: ${value}}}`, name);
}

describe('compileMutators', () => {
  test.each([
    [assign('spec.containers[name: a', '1'), 'needs a `]` after the value (character 24)'],
    [assign('', '1'), 'spec.location: is required'],
    [assign('spec.a b', '1'), 'needs a `.` or a `[` here (character 8)'],
    [assign('metadata.labels.a', 'x'), 'must not be in metadata'],
    [assign('spec.containers[name: *]', '{name: b}'), 'must not end with *'],
    [assign('spec.containers[name: a]', '{name: b}'), 'must be an element with name: "a"'],
    [assign('spec.containers[name: a].name', 'b'), 'must not be name, by which'],
    [mutator('Assign', "location: 'spec.a', parameters: {assign: {value: 1}}"), 'spec.applyTo: is required'],
    [mutator('Assign', `${APPLY}, location: 'spec.a', parameters: {}`), 'must have one of value, fromMetadata'],
    [mutator('ModifySet', `${APPLY}, location: 'spec.a', parameters: {operation: sort}`), 'must be merge or prune'],
    [mutator('AssignImage', `${APPLY}, location: 'spec.a', parameters: {assignDomain: nowhere}`), 'must be a registry'],
    [mutator('AssignImage', `${APPLY}, location: 'spec.a', parameters: {}`), 'must have at least one of assignDomain'],
    [
      mutator(
        'Assign',
        `${APPLY}, location: 'spec.a.b', parameters: {assign: {value: 1}, pathTests: [{subPath: spec.c, condition: MustExist}]}`,
      ),
      'must be a beginning of the location spec.a.b',
    ],
  ])('%s', (text, fault) => {
    const { mutators, diagnostics } = compileMutators(documentsOf(text));
    expect(mutators).toEqual([]);
    expect(diagnostics.map(({ message }) => message).join('\n')).toContain(fault);
    expect(diagnostics[0]?.origin?.line).toBeGreaterThan(0);
  });

  it('applies none of those that take objects to have different shapes', () => {
    const text = `${assign('spec.thing[name: x].y', '1')}${assign('spec.thing.y', '1', 'two')}${assign('spec.good', '1', 'three')}`;
    const { mutators, diagnostics } = compileMutators(documentsOf(text));
    expect(mutators.map(({ id }) => id)).toEqual(['Assign/three']);
    expect(diagnostics.map(({ code }) => code)).toEqual(['GATEKEEPER_MUTATOR_CONFLICT', 'GATEKEEPER_MUTATOR_CONFLICT']);
  });
});

describe('mutateObject', () => {
  function mutate(text: string, object = POD, context = {}) {
    const compiled = compileMutators(documentsOf(text));
    expect(compiled.diagnostics).toEqual([]);
    return mutateObject(compiled, object, context);
  }

  it('leaves what it was given as it is', () => {
    const before = structuredClone(POD);
    const { object, changedBy } = mutate(assign('spec.containers[name: *].imagePullPolicy', 'Always'));
    expect(changedBy).toEqual(['Assign/one']);
    expect(object).toMatchObject({ spec: { containers: [{ imagePullPolicy: 'Always' }] } });
    expect(POD).toEqual(before);
    expect(mutate(assign('spec.containers[name: a].image', '"nginx:1"')).object).toBe(POD);
  });

  it('says which mutators never come to rest', () => {
    const wider = mutator('ModifySet', `${APPLY}, location: spec.list, parameters: {values: {fromList: [a]}}`);
    const narrower = mutator(
      'ModifySet',
      `${APPLY}, location: spec.list, parameters: {operation: prune, values: {fromList: [a]}}`,
      'two',
    );
    // The later one wins, every time: that is rest.
    expect(mutate(`${wider}${narrower}`).error).toBeUndefined();
    let calls = 0;
    const externalData: ExternalData = ({ keys }) => {
      calls += 1;
      return { responses: [[keys[0] ?? '', `image-${calls}`]], errors: [], statusCode: 200, systemError: '' };
    };
    const restless = mutator(
      'Assign',
      `${APPLY}, location: 'spec.containers[name: *].image', parameters: {assign: {externalData: {provider: p}}}`,
    );
    expect(mutate(restless, POD, { externalData }).error).toContain('not converging: Assign/one');
    expect(mutate(restless).error).toContain("provider p: can't be asked");
  });

  it('refuses objects of another shape than the location', () => {
    const { error, object } = mutate(assign('spec.containers.first', '1'));
    expect(error).toBe('Assign/one: the location needs an object where the object has a list');
    expect(object).toBe(POD);
  });

  it('knows names that all objects have', () => {
    const { object } = mutate(assign('spec.__proto__.polluted', 'true'));
    expect(Object.hasOwn(object['spec'] as object, '__proto__')).toBe(true);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('mutates for operations that it is for', () => {
    const text = assign('spec.a', '1').replace('kinds: [Pod]', 'kinds: [Pod], operations: [CREATE]');
    expect(mutate(text, POD, { operation: 'UPDATE' }).object).toBe(POD);
    expect(mutate(text, POD, { operation: 'CREATE' }).object).not.toBe(POD);
  });
});

describe('parsePath', () => {
  it('reads what formatPath writes', () => {
    const name = fc.string({ minLength: 1, maxLength: 8 });
    const object = name.map((text) => ({ type: 'object' as const, name: text }));
    const value = fc.oneof(name, fc.integer({ min: -1000, max: 1000 }), fc.constant(undefined));
    const step = fc.tuple(object, fc.option(fc.record({ key: name, value })));
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 4 }), (steps) => {
        const path = steps.flatMap(([field, list]) =>
          list === null ? [field] : [field, { type: 'list' as const, ...list }],
        );
        expect(parsePath(formatPath(path))).toEqual({ path });
      }),
    );
  });

  it('reads any text or says where it is wrong', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a.[\]: *"'\\1]*$/)), (text) => {
        const parsed = parsePath(text);
        if ('fault' in parsed) expect(parsed.fault.column).toBeLessThanOrEqual(text.length + 1);
        else expect(parsed.path.length).toBeGreaterThan(0);
      }),
    );
  });
});
