import type { KubeObject } from '@sekisho/kube';
import { flag, instant, object, open, text, textMap, texts, whole } from '../../applications/custom-resource.ts';
import { customKind, type PrinterColumn } from './custom-kind.ts';
import { match } from './match.ts';

export const SEKISHO_GROUP = 'sekisho.dev';

const gates = { type: 'array', items: { type: 'string', enum: ['check', 'sync', 'admission', 'audit'] } } as const;
const enforcementAction = { type: 'string', enum: ['deny', 'warn', 'dryrun'] } as const;
const age: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

const conditions = {
  type: 'array',
  items: object(
    {
      type: text,
      status: text,
      reason: text,
      message: text,
      observedGeneration: whole,
      lastTransitionTime: instant,
    },
    ['type', 'status'],
  ),
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['type'],
} as const;

function topLevel(spec: unknown, status: Record<string, unknown>) {
  return object(
    {
      apiVersion: text,
      kind: text,
      metadata: { type: 'object' },
      spec,
      status: object({ observedGeneration: whole, conditions, ...status }),
    },
    ['spec'],
  );
}

/** Policies in files: Rego as Conftest reads it, or policies that StackRox exported. */
const policySource = customKind({
  group: SEKISHO_GROUP,
  kind: 'PolicySource',
  plural: 'policysources',
  scope: 'Cluster',
  versions: ['v1alpha1'],
  categories: ['policies'],
  columns: [
    { name: 'Format', type: 'string', jsonPath: '.spec.format' },
    { name: 'Action', type: 'string', jsonPath: '.spec.enforcementAction' },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Revision', type: 'string', jsonPath: '.status.revision', priority: 10 },
    { name: 'Message', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].message' },
    age,
  ],
  schema: () =>
    topLevel(
      object({
        format: { type: 'string', enum: ['rego', 'stackrox'], default: 'rego' },
        git: object({ repoURL: text, targetRevision: text, path: text }, ['repoURL']),
        oci: object({ url: text }, ['url']),
        enforcementAction: { ...enforcementAction, default: 'deny' },
        gates,
        match,
        namespaces: texts,
      }),
      { revision: text, files: whole, policies: whole, fetchedAt: instant },
    ),
});

const bestPracticeProfile = customKind({
  group: SEKISHO_GROUP,
  kind: 'BestPracticeProfile',
  plural: 'bestpracticeprofiles',
  scope: 'Cluster',
  versions: ['v1alpha1'],
  categories: ['policies'],
  columns: [
    { name: 'Pod Security', type: 'string', jsonPath: '.spec.podSecurity.level' },
    { name: 'Deny From', type: 'string', jsonPath: '.spec.denyFrom' },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    age,
  ],
  schema: () =>
    topLevel(
      object({
        // Settings, or `false`.
        kubeScore: { 'x-kubernetes-preserve-unknown-fields': true },
        kubesec: flag,
        podSecurity: object({ level: text, version: text }, ['level']),
        denyFrom: text,
        severities: textMap,
        gates,
        match,
      }),
      {},
    ),
});

const waiver = customKind({
  group: SEKISHO_GROUP,
  kind: 'Waiver',
  plural: 'waivers',
  scope: 'Namespaced',
  versions: ['v1alpha1'],
  categories: ['policies'],
  columns: [
    { name: 'State', type: 'string', jsonPath: '.status.state' },
    { name: 'Owner', type: 'string', jsonPath: '.spec.owner' },
    { name: 'Expires', type: 'string', jsonPath: '.spec.expires' },
    { name: 'Reason', type: 'string', jsonPath: '.spec.reason', priority: 10 },
    age,
  ],
  schema: () =>
    topLevel(
      object(
        {
          policies: {
            type: 'array',
            minItems: 1,
            items: object({ kind: text, name: text, rule: text }, ['name']),
          },
          match,
          reason: text,
          owner: text,
          expires: text,
        },
        ['policies', 'reason', 'owner', 'expires'],
      ),
      { state: text },
    ),
});

/** StackRox's own kind: what it exports as a custom resource applies unchanged. */
const securityPolicy = customKind({
  group: 'config.stackrox.io',
  kind: 'SecurityPolicy',
  plural: 'securitypolicies',
  scope: 'Namespaced',
  versions: ['v1alpha1'],
  shortNames: ['sp'],
  categories: ['policies'],
  columns: [{ name: 'Policy', type: 'string', jsonPath: '.spec.policyName' }, age],
  schema: () =>
    object(
      {
        apiVersion: text,
        kind: text,
        metadata: { type: 'object' },
        spec: { ...open },
        status: { ...open },
      },
      ['spec'],
    ),
});

export const policyDefinitions: readonly KubeObject[] = [policySource, bestPracticeProfile, waiver, securityPolicy];
