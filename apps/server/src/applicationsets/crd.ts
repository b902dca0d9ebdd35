import { definition, flag, instant, object, open, text, texts, whole } from '../applications/custom-resource.ts';

const opens = { type: 'array', items: open } as const;
const countOrPercent = { 'x-kubernetes-int-or-string': true } as const;

function oneOf(...values: readonly string[]) {
  return { ...text, enum: values };
}

const requirement = object({ key: text, operator: text, values: texts }, ['key', 'operator']);

/** Generators nest, and templates hold anything that an Application may: what they mean is checked when they are read. */
const spec = object(
  {
    generators: opens,
    template: { ...open, properties: { metadata: open, spec: open } },
    templatePatch: text,
    goTemplate: flag,
    goTemplateOptions: texts,
    applyNestedSelectors: flag,
    syncPolicy: object({
      applicationsSync: oneOf('create-only', 'create-update', 'create-delete', 'sync'),
      preserveResourcesOnDeletion: flag,
    }),
    strategy: object({
      type: text,
      deletionOrder: text,
      rollingSync: object({
        steps: {
          type: 'array',
          items: object({ matchExpressions: { type: 'array', items: requirement }, maxUpdate: countOrPercent }),
        },
      }),
    }),
    preservedFields: object({ annotations: texts, labels: texts }),
    ignoreApplicationDifferences: {
      type: 'array',
      items: object({ name: text, jsonPointers: texts, jqPathExpressions: texts }),
    },
  },
  ['generators', 'template'],
);

const status = object({
  conditions: {
    type: 'array',
    items: object({ type: text, status: text, reason: text, message: text, lastTransitionTime: instant }, [
      'type',
      'status',
      'reason',
      'message',
    ]),
  },
  applicationStatus: opens,
  resources: opens,
  resourcesCount: whole,
});

const condition = (type: string, field: string) => `.status.conditions[?(@.type=="${type}")].${field}`;

/** @see Argo CD's documentation of the ApplicationSet specification */
export const applicationSetDefinition = definition({
  kind: 'ApplicationSet',
  plural: 'applicationsets',
  singular: 'applicationset',
  shortNames: ['appset', 'appsets'],
  schema: object({ apiVersion: text, kind: text, metadata: { type: 'object' }, spec, status: { ...status, ...open } }, [
    'metadata',
    'spec',
  ]),
  columns: [
    { name: 'Applications', type: 'integer', jsonPath: '.status.resourcesCount' },
    { name: 'Up To Date', type: 'string', jsonPath: condition('ResourcesUpToDate', 'status') },
    { name: 'Rolling Out', type: 'string', jsonPath: condition('RolloutProgressing', 'status'), priority: 10 },
    { name: 'Message', type: 'string', jsonPath: condition('ErrorOccurred', 'message'), priority: 10 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
});
