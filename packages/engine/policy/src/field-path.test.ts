import { expect, test } from 'vitest';
import { Field } from './best-practice/object/field.ts';
import { locateField } from './field-path.ts';

const object = {
  metadata: { labels: { 'a.b/c': 'x', '': 'y' } },
  spec: { containers: [{ image: 'a' }, { name: 'web', ports: [{ containerPort: 80 }] }] },
};

test.each([
  ['', []],
  ['spec', ['spec']],
  ['spec.containers[0].image', ['spec', 'containers', 0, 'image']],
  ['spec.containers[name=web].ports[0].containerPort', ['spec', 'containers', 1, 'ports', 0, 'containerPort']],
  ['metadata.labels."a.b/c"', ['metadata', 'labels', 'a.b/c']],
  ['spec.containers[name=web].securityContext.privileged', ['spec', 'containers', 1]],
  ['spec.containers[name=api].image', ['spec', 'containers']],
  ['spec.containers[7].image', ['spec', 'containers']],
  ['metadata.constructor.name', ['metadata']],
  ['"\\', []],
] as const)('locateField of %j', (field, path) => {
  expect(locateField(object, field)).toEqual(path);
});

test('locateField reads the paths that best practice writes', () => {
  const port = Field.root(object).at('spec', 'containers').items()[1]?.at('ports').items()[0]?.at('containerPort');
  expect(locateField(object, port?.path ?? '')).toEqual(['spec', 'containers', 1, 'ports', 0, 'containerPort']);
  const label = Field.root(object).at('metadata', 'labels', 'a.b/c');
  expect(locateField(object, label.path)).toEqual(['metadata', 'labels', 'a.b/c']);
});
