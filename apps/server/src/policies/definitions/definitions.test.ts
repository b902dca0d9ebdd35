import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseYamlDocuments } from '@sekisho/base';
import { type KubeObject, parseCrdSchema } from '@sekisho/kube';
import { requireShared } from '@sekisho/testkit';
import { describe, expect, test } from 'vitest';
import { constraintDefinition } from './constraint.ts';
import { gatekeeperDefinitions } from './gatekeeper.ts';
import { policyDefinitions } from './sekisho.ts';

interface Definition {
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: Record<string, unknown>;
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: Schema } }[];
  };
}
interface Schema {
  readonly properties: Record<string, Schema>;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
}

const definitionOf = (object: KubeObject | undefined) => object as unknown as Definition & KubeObject;
const faultsOf = (object: KubeObject | undefined) =>
  definitionOf(object).spec.versions.flatMap(({ name, schema }) =>
    parseCrdSchema(schema.openAPIV3Schema, name).errors.map(({ path, message }) => `${path}: ${message}`),
  );

test.each([...gatekeeperDefinitions, ...policyDefinitions].map((object) => [object.metadata.name, object] as const))(
  '%s is structural',
  (_, object) => {
    expect(faultsOf(object)).toEqual([]);
  },
);

function template(crd: Record<string, unknown>, apiVersion = 'templates.gatekeeper.sh/v1'): KubeObject {
  return {
    apiVersion,
    kind: 'ConstraintTemplate',
    metadata: { name: 'wanted', uid: 'u1' },
    spec: { crd: { spec: crd } },
  } as KubeObject;
}
const parametersOf = (object: KubeObject | undefined) =>
  definitionOf(object).spec.versions[0]?.schema.openAPIV3Schema.properties['spec']?.properties['parameters'];

describe('the kind of a template', () => {
  test('is served as Gatekeeper does', () => {
    const schema = { type: 'object', properties: { labels: { type: 'array', items: { type: 'string' } } } };
    const made = definitionOf(
      constraintDefinition(
        template({ names: { kind: 'Wanted', shortNames: ['wt'] }, validation: { openAPIV3Schema: schema } }),
      ),
    );
    expect(faultsOf(made)).toEqual([]);
    expect(made.metadata).toMatchObject({
      name: 'wanted.constraints.gatekeeper.sh',
      labels: { 'gatekeeper.sh/constraint': 'yes' },
      ownerReferences: [{ kind: 'ConstraintTemplate', name: 'wanted', uid: 'u1', controller: true }],
    });
    expect(made.spec).toMatchObject({
      group: 'constraints.gatekeeper.sh',
      scope: 'Cluster',
      names: { kind: 'Wanted', plural: 'wanted', shortNames: ['wt'], categories: ['constraint', 'constraints'] },
    });
    expect(made.spec.versions.map(({ name }) => name)).toEqual(['v1beta1', 'v1alpha1']);
    expect(parametersOf(made)).toEqual(schema);
  });

  test.each([
    ['no schema', {}, 'templates.gatekeeper.sh/v1', true],
    [
      'a schema that is not structural, of an old version',
      { openAPIV3Schema: { properties: { a: {} } } },
      'templates.gatekeeper.sh/v1beta1',
      true,
    ],
    [
      'a schema that says it is old',
      { legacySchema: true, openAPIV3Schema: { properties: { a: {} } } },
      'templates.gatekeeper.sh/v1',
      true,
    ],
    ['a structural schema', { openAPIV3Schema: { type: 'object' } }, 'templates.gatekeeper.sh/v1', undefined],
  ])('takes parameters of any shape with %s', (_, validation, apiVersion, isOpen) => {
    const made = constraintDefinition(template({ names: { kind: 'Wanted' }, validation }, apiVersion));
    expect(faultsOf(made)).toEqual([]);
    expect(parametersOf(made)?.['x-kubernetes-preserve-unknown-fields']).toBe(isOpen);
  });

  test.each([[undefined], [7], [''], ['lower'], ['With space'], [`A${'a'.repeat(70)}`]])(
    'is none when it is named %s',
    (kind) => {
      expect(constraintDefinition(template({ names: { kind } }))).toBeUndefined();
    },
  );
});

const library = requireShared('kinds of the templates of the library', 'conformance', 'gatekeeper-library');
describe.skipIf(library === undefined)('every template of the library', () => {
  const templates = library === undefined ? [] : filesNamed(library, 'template.yaml');
  test.each(templates)('%s gives a structural kind', (file) => {
    const { documents } = parseYamlDocuments(readFileSync(file, 'utf8'), { file });
    const object = documents[0]?.value as KubeObject;
    const made = constraintDefinition(object);
    expect(made === undefined ? 'none' : faultsOf(made)).toEqual([]);
  });
});

function filesNamed(folder: string, name: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(`/${name}`))
    .map((path) => join(folder, path));
}
