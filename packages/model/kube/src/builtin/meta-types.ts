import type { FieldData, StructData } from './struct-data.ts';

const optionalString: FieldData = ['string', { z: 1 }];
const requiredString: FieldData = ['string', { r: 1 }];
const atomicStrings: FieldData = ['[string', { l: 'atomic', z: 1 }];
const time: FieldData = 'string:date-time';

/** Types of k8s.io/apimachinery's metav1, which every object shares. */
export const metaTypes: Readonly<Record<string, StructData>> = {
  'metav1.ObjectMeta': {
    f: {
      annotations: ['{string', { z: 1 }],
      creationTimestamp: time,
      deletionGracePeriodSeconds: 'integer:int64',
      deletionTimestamp: time,
      finalizers: ['[string', { l: 'set', ps: 'merge', z: 1 }],
      generateName: optionalString,
      generation: ['integer:int64', { z: 1 }],
      labels: ['{string', { z: 1 }],
      managedFields: ['[metav1.ManagedFieldsEntry', { l: 'atomic', z: 1 }],
      name: optionalString,
      namespace: optionalString,
      ownerReferences: ['[metav1.OwnerReference', { l: 'map', k: ['uid'], ps: 'merge', pk: 'uid', z: 1 }],
      resourceVersion: optionalString,
      selfLink: optionalString,
      uid: optionalString,
    },
  },
  'metav1.ListMeta': {
    f: {
      continue: optionalString,
      remainingItemCount: 'integer:int64',
      resourceVersion: optionalString,
      selfLink: optionalString,
    },
  },
  'metav1.OwnerReference': {
    atomic: 1,
    f: {
      apiVersion: requiredString,
      blockOwnerDeletion: 'boolean',
      controller: 'boolean',
      kind: requiredString,
      name: requiredString,
      uid: requiredString,
    },
  },
  'metav1.ManagedFieldsEntry': {
    f: {
      apiVersion: optionalString,
      fieldsType: optionalString,
      fieldsV1: 'object:any',
      manager: optionalString,
      operation: optionalString,
      subresource: optionalString,
      time,
    },
  },
  'metav1.LabelSelector': {
    atomic: 1,
    f: {
      matchExpressions: ['[metav1.LabelSelectorRequirement', { l: 'atomic', z: 1 }],
      matchLabels: ['{string', { z: 1 }],
    },
  },
  'metav1.LabelSelectorRequirement': {
    f: { key: requiredString, operator: requiredString, values: atomicStrings },
  },
  'metav1.FieldSelectorRequirement': {
    f: { key: requiredString, operator: requiredString, values: atomicStrings },
  },
  'metav1.Condition': {
    f: {
      lastTransitionTime: ['string:date-time', { r: 1 }],
      message: requiredString,
      observedGeneration: ['integer:int64', { z: 1 }],
      reason: requiredString,
      status: requiredString,
      type: requiredString,
    },
  },
  'metav1.Preconditions': { f: { resourceVersion: 'string', uid: 'string' } },
  'metav1.DeleteOptions': {
    kind: 1,
    f: {
      dryRun: atomicStrings,
      gracePeriodSeconds: 'integer:int64',
      ignoreStoreReadErrorWithClusterBreakingPotential: 'boolean',
      orphanDependents: 'boolean',
      preconditions: 'metav1.Preconditions',
      propagationPolicy: 'string',
    },
  },
  'metav1.Status': {
    kind: 1,
    f: {
      code: ['integer:int32', { z: 1 }],
      details: ['metav1.StatusDetails', { s: 'atomic' }],
      message: optionalString,
      metadata: 'metav1.ListMeta',
      reason: optionalString,
      status: optionalString,
    },
  },
  'metav1.StatusDetails': {
    f: {
      causes: ['[metav1.StatusCause', { l: 'atomic', z: 1 }],
      group: optionalString,
      kind: optionalString,
      name: optionalString,
      retryAfterSeconds: ['integer:int32', { z: 1 }],
      uid: optionalString,
    },
  },
  'metav1.StatusCause': { f: { field: optionalString, message: optionalString, reason: optionalString } },
  'metav1.APIResource': {
    f: {
      categories: atomicStrings,
      group: optionalString,
      kind: requiredString,
      name: requiredString,
      namespaced: ['boolean', { r: 1 }],
      shortNames: atomicStrings,
      singularName: requiredString,
      storageVersionHash: optionalString,
      verbs: ['[string', { r: 1 }],
      version: optionalString,
    },
  },
  'metav1.APIResourceList': {
    kind: 1,
    f: { groupVersion: requiredString, resources: ['[metav1.APIResource', { r: 1, l: 'atomic' }] },
  },
  'metav1.Patch': { open: 1, f: {} },
  'metav1.WatchEvent': { f: { object: ['object:any', { r: 1 }], type: requiredString } },
};
