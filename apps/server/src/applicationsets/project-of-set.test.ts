import type { KubeObject } from '@sekisho/kube';
import { expect, test } from 'vitest';
import { projectOfSet } from './project-of-set.ts';

const shop = { spec: { project: 'shop' } };
const list = { list: { elements: [{ template: 'a parameter of that name' }] } };
const own = { list: { elements: [], template: { spec: { project: 'other' } } } };

test.each<[string, Record<string, unknown>, string | undefined]>([
  ['a project', { template: shop, generators: [list] }, 'shop'],
  ['no project', { template: { spec: {} } }, 'default'],
  ['an empty one', { template: { spec: { project: '' } } }, 'default'],
  ['a template of a project', { template: { spec: { project: '{{.team}}' } } }, undefined],
  ['a patch', { template: shop, templatePatch: 'spec: {project: other}' }, 'shop'],
  ['a generator with a project', { template: shop, generators: [own] }, undefined],
  ['one within a matrix', { template: shop, generators: [{ matrix: { generators: [list, own] } }] }, undefined],
  ['nonsense', { template: 7, generators: 'x' }, 'default'],
])('the project of a set with %s', (_, spec, project) => {
  const set = { apiVersion: 'argoproj.io/v1alpha1', kind: 'ApplicationSet', metadata: { name: 'set' }, spec };
  expect(projectOfSet(set as KubeObject)).toBe(project);
});
