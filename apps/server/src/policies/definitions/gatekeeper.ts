import type { KubeObject } from '@sekisho/kube';
import { flag, object, open, text, texts, whole } from '../../applications/custom-resource.ts';
import { type CustomKind, customKind } from './custom-kind.ts';
import { match, topLevel } from './match.ts';

const anything = { 'x-kubernetes-preserve-unknown-fields': true } as const;

/** In `v1` the schema of parameters must be structural unless it says otherwise, in the older versions it need not be. */
const template = (version: string) =>
  topLevel(
    object({
      crd: object({
        spec: object({
          names: object({ kind: text, shortNames: texts }),
          validation: object({
            legacySchema: { ...flag, default: version !== 'v1' },
            openAPIV3Schema: open,
          }),
        }),
      }),
      targets: {
        type: 'array',
        items: object({
          target: text,
          rego: text,
          libs: texts,
          operations: texts,
          code: { type: 'array', items: object({ engine: text, source: anything }, ['engine', 'source']) },
        }),
      },
    }),
  );

const kinds = { type: 'array', items: object({ groups: texts, versions: texts, kinds: texts }) } as const;
const applyTo = {
  type: 'array',
  items: object({ groups: texts, versions: texts, kinds: texts, operations: texts }),
} as const;
const kindReference = object({ group: text, version: text, kind: text });

/** What mutators assign may be of any type, and each kind has parameters of its own: they are checked when they are read. */
const mutator = () =>
  topLevel(
    object({
      applyTo,
      match,
      location: text,
      parameters: open,
    }),
  );

const mutatorKind = (kind: string, versions: readonly string[]): CustomKind => ({
  group: 'mutations.gatekeeper.sh',
  kind,
  plural: kind.toLowerCase(),
  scope: 'Cluster',
  versions,
  schema: mutator,
});

const MUTATOR_VERSIONS = ['v1', 'v1beta1', 'v1alpha1'];

const custom: readonly CustomKind[] = [
  {
    group: 'templates.gatekeeper.sh',
    kind: 'ConstraintTemplate',
    plural: 'constrainttemplates',
    scope: 'Cluster',
    versions: ['v1', 'v1beta1', 'v1alpha1'],
    schema: template,
  },
  {
    group: 'config.gatekeeper.sh',
    kind: 'Config',
    plural: 'configs',
    scope: 'Namespaced',
    versions: ['v1alpha1'],
    schema: () =>
      topLevel(
        object({
          sync: object({ syncOnly: { type: 'array', items: kindReference } }),
          match: { type: 'array', items: object({ excludedNamespaces: texts, processes: texts }) },
          validation: open,
          readiness: open,
        }),
        [],
      ),
  },
  {
    group: 'syncset.gatekeeper.sh',
    kind: 'SyncSet',
    plural: 'syncsets',
    scope: 'Cluster',
    versions: ['v1alpha1'],
    schema: () => topLevel(object({ gvks: { type: 'array', items: kindReference } }), []),
  },
  {
    group: 'expansion.gatekeeper.sh',
    kind: 'ExpansionTemplate',
    plural: 'expansiontemplate',
    scope: 'Cluster',
    versions: ['v1beta1', 'v1alpha1'],
    schema: () =>
      topLevel(object({ applyTo: kinds, templateSource: text, generatedGVK: kindReference, enforcementAction: text })),
  },
  mutatorKind('Assign', MUTATOR_VERSIONS),
  mutatorKind('AssignMetadata', MUTATOR_VERSIONS),
  mutatorKind('ModifySet', MUTATOR_VERSIONS),
  mutatorKind('AssignImage', ['v1alpha1']),
  {
    group: 'externaldata.gatekeeper.sh',
    kind: 'Provider',
    plural: 'providers',
    scope: 'Cluster',
    versions: ['v1beta1', 'v1alpha1'],
    schema: () => topLevel(object({ url: text, timeout: whole, caBundle: text })),
  },
  {
    group: 'connection.gatekeeper.sh',
    kind: 'Connection',
    plural: 'connections',
    scope: 'Namespaced',
    versions: ['v1alpha1'],
    schema: () => topLevel(object({ driver: text, config: anything })),
  },
];

/**
 * The kinds of Gatekeeper's API groups that are read here, in our own words: same names and shapes, so that its files
 * apply unchanged. Kinds of constraints come from their templates.
 */
export const gatekeeperDefinitions: readonly KubeObject[] = custom.map(customKind);
