import type { FieldData, StructData } from './struct-data.ts';

const optionalString: FieldData = ['string', { z: 1 }];
const requiredString: FieldData = ['string', { r: 1 }];
const requiredFlag: FieldData = ['boolean', { r: 1 }];
const atomicStrings: FieldData = ['[string', { l: 'atomic', z: 1 }];
const plainFlag: FieldData = ['boolean', { z: 1 }];
const schemaList: FieldData = ['[apiextensions/v1.JSONSchemaProps', { l: 'atomic', z: 1 }];
const schemaMap: FieldData = ['{apiextensions/v1.JSONSchemaProps', { z: 1 }];
const condition: StructData = {
  f: {
    lastTransitionTime: 'string:date-time',
    message: optionalString,
    observedGeneration: ['integer:int64', { z: 1 }],
    reason: optionalString,
    status: requiredString,
    type: requiredString,
  },
};
const service: StructData = {
  f: { name: requiredString, namespace: requiredString, path: 'string', port: 'integer:int32' },
};

/** Types of apiextensions.k8s.io/v1 and apiregistration.k8s.io/v1. */
export const extensionTypes: Readonly<Record<string, StructData>> = {
  'apiextensions/v1.CustomResourceDefinition': {
    kind: 1,
    f: {
      metadata: 'metav1.ObjectMeta',
      spec: ['apiextensions/v1.CustomResourceDefinitionSpec', { r: 1 }],
      status: 'apiextensions/v1.CustomResourceDefinitionStatus',
    },
  },
  'apiextensions/v1.CustomResourceDefinitionSpec': {
    f: {
      conversion: 'apiextensions/v1.CustomResourceConversion',
      group: requiredString,
      names: ['apiextensions/v1.CustomResourceDefinitionNames', { r: 1 }],
      preserveUnknownFields: plainFlag,
      scope: requiredString,
      versions: ['[apiextensions/v1.CustomResourceDefinitionVersion', { r: 1, l: 'atomic' }],
    },
  },
  'apiextensions/v1.CustomResourceDefinitionNames': {
    f: {
      categories: atomicStrings,
      kind: requiredString,
      listKind: optionalString,
      plural: requiredString,
      shortNames: atomicStrings,
      singular: optionalString,
    },
  },
  'apiextensions/v1.CustomResourceDefinitionVersion': {
    f: {
      additionalPrinterColumns: ['[apiextensions/v1.CustomResourceColumnDefinition', { l: 'atomic', z: 1 }],
      deprecated: plainFlag,
      deprecationWarning: 'string',
      name: requiredString,
      schema: 'apiextensions/v1.CustomResourceValidation',
      selectableFields: ['[apiextensions/v1.SelectableField', { l: 'atomic', z: 1 }],
      served: requiredFlag,
      storage: requiredFlag,
      subresources: 'apiextensions/v1.CustomResourceSubresources',
    },
  },
  'apiextensions/v1.CustomResourceColumnDefinition': {
    f: {
      description: optionalString,
      format: optionalString,
      jsonPath: requiredString,
      name: requiredString,
      priority: ['integer:int32', { z: 1 }],
      type: requiredString,
    },
  },
  'apiextensions/v1.SelectableField': { f: { jsonPath: requiredString } },
  'apiextensions/v1.CustomResourceValidation': { f: { openAPIV3Schema: 'apiextensions/v1.JSONSchemaProps' } },
  'apiextensions/v1.CustomResourceSubresources': {
    f: {
      scale: 'apiextensions/v1.CustomResourceSubresourceScale',
      status: 'apiextensions/v1.CustomResourceSubresourceStatus',
    },
  },
  'apiextensions/v1.CustomResourceSubresourceStatus': { open: 1, f: {} },
  'apiextensions/v1.CustomResourceSubresourceScale': {
    f: { labelSelectorPath: 'string', specReplicasPath: requiredString, statusReplicasPath: requiredString },
  },
  'apiextensions/v1.CustomResourceConversion': {
    f: { strategy: requiredString, webhook: 'apiextensions/v1.WebhookConversion' },
  },
  'apiextensions/v1.WebhookConversion': {
    f: {
      clientConfig: 'apiextensions/v1.WebhookClientConfig',
      conversionReviewVersions: ['[string', { r: 1, l: 'atomic' }],
    },
  },
  'apiextensions/v1.WebhookClientConfig': {
    f: { caBundle: ['string:byte', { z: 1 }], service: 'apiextensions/v1.ServiceReference', url: 'string' },
  },
  'apiextensions/v1.ServiceReference': service,
  'apiextensions/v1.CustomResourceDefinitionStatus': {
    f: {
      acceptedNames: 'apiextensions/v1.CustomResourceDefinitionNames',
      conditions: ['[apiextensions/v1.CustomResourceDefinitionCondition', { l: 'map', k: ['type'] }],
      observedGeneration: ['integer:int64', { z: 1 }],
      storedVersions: ['[string', { l: 'atomic' }],
    },
  },
  'apiextensions/v1.CustomResourceDefinitionCondition': condition,
  'apiextensions/v1.ExternalDocumentation': { f: { description: optionalString, url: optionalString } },
  'apiextensions/v1.ValidationRule': {
    f: {
      fieldPath: optionalString,
      message: optionalString,
      messageExpression: optionalString,
      optionalOldSelf: 'boolean',
      reason: 'string',
      rule: requiredString,
    },
  },
  'apiextensions/v1.JSONSchemaProps': {
    f: {
      $ref: 'string',
      $schema: optionalString,
      additionalItems: 'schema-or-any',
      additionalProperties: 'schema-or-any',
      allOf: schemaList,
      anyOf: schemaList,
      default: 'any',
      definitions: schemaMap,
      dependencies: ['{any', { z: 1 }],
      description: optionalString,
      enum: ['[any', { l: 'atomic', z: 1 }],
      example: 'any',
      exclusiveMaximum: plainFlag,
      exclusiveMinimum: plainFlag,
      externalDocs: 'apiextensions/v1.ExternalDocumentation',
      format: optionalString,
      id: optionalString,
      items: 'schema-or-any',
      maxItems: 'integer:int64',
      maxLength: 'integer:int64',
      maxProperties: 'integer:int64',
      maximum: 'number:double',
      minItems: 'integer:int64',
      minLength: 'integer:int64',
      minProperties: 'integer:int64',
      minimum: 'number:double',
      multipleOf: 'number:double',
      not: 'apiextensions/v1.JSONSchemaProps',
      nullable: plainFlag,
      oneOf: schemaList,
      pattern: optionalString,
      patternProperties: schemaMap,
      properties: schemaMap,
      required: atomicStrings,
      title: optionalString,
      type: optionalString,
      uniqueItems: plainFlag,
      'x-kubernetes-embedded-resource': plainFlag,
      'x-kubernetes-int-or-string': plainFlag,
      'x-kubernetes-list-map-keys': atomicStrings,
      'x-kubernetes-list-type': 'string',
      'x-kubernetes-map-type': 'string',
      'x-kubernetes-preserve-unknown-fields': 'boolean',
      'x-kubernetes-validations': [
        '[apiextensions/v1.ValidationRule',
        { l: 'map', k: ['rule'], ps: 'merge', pk: 'rule', z: 1 },
      ],
    },
  },
  'apiregistration/v1.APIService': {
    kind: 1,
    f: {
      metadata: 'metav1.ObjectMeta',
      spec: 'apiregistration/v1.APIServiceSpec',
      status: 'apiregistration/v1.APIServiceStatus',
    },
  },
  'apiregistration/v1.APIServiceSpec': {
    f: {
      caBundle: ['string:byte', { l: 'atomic', z: 1 }],
      group: optionalString,
      groupPriorityMinimum: ['integer:int32', { r: 1 }],
      insecureSkipTLSVerify: plainFlag,
      service: 'apiregistration/v1.ServiceReference',
      version: optionalString,
      versionPriority: ['integer:int32', { r: 1 }],
    },
  },
  'apiregistration/v1.ServiceReference': {
    f: { name: optionalString, namespace: optionalString, port: 'integer:int32' },
  },
  'apiregistration/v1.APIServiceStatus': {
    f: {
      conditions: ['[apiregistration/v1.APIServiceCondition', { l: 'map', k: ['type'], ps: 'merge', pk: 'type', z: 1 }],
    },
  },
  'apiregistration/v1.APIServiceCondition': {
    f: {
      lastTransitionTime: 'string:date-time',
      message: optionalString,
      reason: optionalString,
      status: requiredString,
      type: requiredString,
    },
  },
};
