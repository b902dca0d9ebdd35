import type { KubeObject } from '@sekisho/kube';
import { definition, flag, instant, object, open, text, textMap, texts, whole } from './custom-resource.ts';

/** Of tools: what Sekisho doesn't read is kept, so that a file survives a round trip. */
function tool(properties: Record<string, unknown>) {
  return { ...open, properties };
}

const helm = tool({
  valueFiles: texts,
  ignoreMissingValueFiles: flag,
  values: text,
  valuesObject: open,
  parameters: { type: 'array', items: object({ name: text, value: text, forceString: flag }) },
  fileParameters: { type: 'array', items: object({ name: text, path: text }) },
  releaseName: text,
  namespace: text,
  skipCrds: flag,
  skipTests: flag,
  skipSchemaValidation: flag,
  kubeVersion: text,
  apiVersions: texts,
  version: text,
  passCredentials: flag,
});

const kustomize = tool({
  namePrefix: text,
  nameSuffix: text,
  namespace: text,
  images: texts,
  replicas: {
    type: 'array',
    items: object({ name: text, count: { 'x-kubernetes-int-or-string': true } }, ['name', 'count']),
  },
  commonLabels: textMap,
  forceCommonLabels: flag,
  labelWithoutSelector: flag,
  labelIncludeTemplates: flag,
  commonAnnotations: textMap,
  forceCommonAnnotations: flag,
  commonAnnotationsEnvsubst: flag,
  components: texts,
  ignoreMissingComponents: flag,
  patches: {
    type: 'array',
    items: object({ path: text, patch: text, target: open, options: { type: 'object', additionalProperties: flag } }),
  },
  kubeVersion: text,
  apiVersions: texts,
  version: text,
});

const decryption = object({ provider: text, secretRef: object({ name: text }, ['name']) }, ['provider']);

const postBuild = object({
  substitute: textMap,
  substituteFrom: { type: 'array', items: object({ kind: text, name: text, optional: flag }, ['kind', 'name']) },
  strict: flag,
});

const source = object(
  {
    repoURL: text,
    path: text,
    targetRevision: text,
    chart: text,
    ref: text,
    name: text,
    tagPrefix: text,
    directory: object({ recurse: flag, include: text, exclude: text, jsonnet: open, disableExtensionFilter: flag }),
    helm,
    kustomize,
    plugin: open,
    decryption,
    postBuild,
  },
  ['repoURL'],
);

const retry = object({
  limit: whole,
  refresh: flag,
  backoff: object({ duration: text, factor: whole, maxDuration: text }),
});

const resourceRef = { group: text, kind: text, name: text, namespace: text };

const operation = object({
  initiatedBy: object({ username: text, automated: flag }),
  info: { type: 'array', items: object({ name: text, value: text }, ['name', 'value']) },
  retry,
  sync: object({
    revision: text,
    revisions: texts,
    prune: flag,
    dryRun: flag,
    autoHealAttemptsCount: whole,
    syncStrategy: object({ apply: object({ force: flag }), hook: object({ force: flag }) }),
    syncOptions: texts,
    resources: {
      type: 'array',
      items: object({ group: text, kind: text, name: text, namespace: text }, ['kind', 'name']),
    },
    manifests: texts,
    source,
    sources: { type: 'array', items: source },
  }),
});

const spec = object(
  {
    project: text,
    source,
    sources: { type: 'array', items: source },
    sourceHydrator: open,
    destination: object({ server: text, name: text, namespace: text }),
    syncPolicy: object({
      automated: object({ prune: flag, selfHeal: flag, allowEmpty: flag, enabled: flag }),
      syncOptions: texts,
      retry,
      managedNamespaceMetadata: object({ labels: textMap, annotations: textMap }),
    }),
    ignoreDifferences: {
      type: 'array',
      items: object({ ...resourceRef, jsonPointers: texts, jqPathExpressions: texts, managedFieldsManagers: texts }, [
        'kind',
      ]),
    },
    info: { type: 'array', items: object({ name: text, value: text }, ['name', 'value']) },
    revisionHistoryLimit: whole,
  },
  ['destination', 'project'],
);

const status = {
  ...object({
    sync: { ...open, properties: { status: text, revision: text, revisions: texts } },
    health: { ...open, properties: { status: text, message: text, lastTransitionTime: instant } },
    reconciledAt: instant,
    observedAt: instant,
    sourceType: text,
    resources: { type: 'array', items: open },
    conditions: {
      type: 'array',
      items: object({ type: text, message: text, lastTransitionTime: instant }, ['type', 'message']),
    },
    history: { type: 'array', items: open },
    operationState: open,
    summary: open,
  }),
  'x-kubernetes-preserve-unknown-fields': true,
};

const top = { apiVersion: text, kind: text, metadata: { type: 'object' } };

/**
 * The kinds of Argo CD's API group that Sekisho serves, in its own words: the same names and shapes, so that files and
 * tools for the one work with the other. As in Argo CD there is no status subresource: status is a field like others.
 */
export const applicationDefinitions: readonly KubeObject[] = [
  definition({
    kind: 'Application',
    plural: 'applications',
    singular: 'application',
    shortNames: ['app', 'apps'],
    schema: object({ ...top, spec, status, operation }, ['metadata', 'spec']),
    columns: [
      { name: 'Sync Status', type: 'string', jsonPath: '.status.sync.status' },
      { name: 'Health Status', type: 'string', jsonPath: '.status.health.status' },
      { name: 'Revision', type: 'string', jsonPath: '.status.sync.revision', priority: 10 },
      { name: 'Project', type: 'string', jsonPath: '.spec.project', priority: 10 },
    ],
  }),
  definition({
    kind: 'AppProject',
    plural: 'appprojects',
    singular: 'appproject',
    shortNames: ['appproj', 'appprojs'],
    schema: object({ ...top, spec: open, status: open }, ['metadata', 'spec']),
  }),
];
