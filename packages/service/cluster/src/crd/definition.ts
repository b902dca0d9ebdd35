import { type FieldError, type KubeObject, objectMetaSchema, type Schema } from '@sekisho/kube';
import type { PrinterColumn } from '../api/served-resource.ts';
import { isRecord } from '../api/write/decode.ts';
import { parseCrdSchema } from '../kube-pending.ts';

/** One version of a CRD, read and checked. */
export interface DefinitionVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  /** Parsed on first use: a CRD's schema may be large. */
  readonly schema: () => Schema;
  readonly hasStatus: boolean;
  readonly scale?: {
    readonly specReplicasPath: string;
    readonly statusReplicasPath: string;
    readonly labelSelectorPath?: string;
  };
  readonly printerColumns: readonly PrinterColumn[];
  readonly selectableFields: readonly string[];
  readonly deprecationWarning?: string;
}

export interface DefinitionNames {
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
}

/** A CustomResourceDefinition as the server uses it. */
export interface Definition {
  readonly crdName: string;
  readonly group: string;
  readonly namespaced: boolean;
  readonly names: DefinitionNames;
  readonly versions: readonly DefinitionVersion[];
  /** Versions are converted by a webhook, which this cluster does not call. */
  readonly webhookConversion: boolean;
  /** Changes whenever the CRD's spec does. */
  readonly tag: string;
}

/** What the server fills in when a CRD leaves it out. */
export function defaultDefinition(object: KubeObject): KubeObject {
  const spec = record(object['spec']);
  const names = record(spec['names']);
  const kind = text(names['kind']);
  return {
    ...object,
    spec: {
      ...spec,
      conversion: spec['conversion'] ?? { strategy: 'None' },
      names: {
        ...names,
        ...(text(names['singular']) === '' ? { singular: kind.toLowerCase() } : {}),
        ...(text(names['listKind']) === '' ? { listKind: `${kind}List` } : {}),
      },
    },
  };
}

export function readDefinition(object: KubeObject): Definition {
  const spec = record(object['spec']);
  const names = record(spec['names']);
  const kind = text(names['kind']);
  return {
    crdName: object.metadata.name ?? '',
    group: text(spec['group']),
    namespaced: spec['scope'] === 'Namespaced',
    names: {
      plural: text(names['plural']),
      singular: text(names['singular']) || kind.toLowerCase(),
      kind,
      listKind: text(names['listKind']) || `${kind}List`,
      shortNames: texts(names['shortNames']),
      categories: texts(names['categories']),
    },
    webhookConversion: record(spec['conversion'])['strategy'] === 'Webhook',
    tag: `${object.metadata.uid ?? ''}/${object.metadata.generation ?? 0}`,
    versions: list(spec['versions']).map((version) => readVersion(version, text(spec['group']), kind)),
  };
}

function readVersion(version: Record<string, unknown>, group: string, kind: string): DefinitionVersion {
  const subresources = record(version['subresources']);
  const scale = record(subresources['scale']);
  const name = text(version['name']);
  const deprecated = version['deprecated'] === true;
  let schema: Schema | undefined;
  return {
    name,
    served: version['served'] === true,
    storage: version['storage'] === true,
    schema: () => {
      schema ??= rootSchema(record(version['schema'])['openAPIV3Schema']);
      return schema;
    },
    hasStatus: isRecord(subresources['status']),
    ...(isRecord(subresources['scale'])
      ? {
          scale: {
            specReplicasPath: text(scale['specReplicasPath']),
            statusReplicasPath: text(scale['statusReplicasPath']),
            ...(text(scale['labelSelectorPath']) === '' ? {} : { labelSelectorPath: text(scale['labelSelectorPath']) }),
          },
        }
      : {}),
    printerColumns:
      list(version['additionalPrinterColumns']).length === 0
        ? [AGE_COLUMN]
        : (list(version['additionalPrinterColumns']) as unknown as PrinterColumn[]),
    selectableFields: list(version['selectableFields']).map((field) => text(field['jsonPath']).replace(/^\./, '')),
    ...(deprecated
      ? { deprecationWarning: text(version['deprecationWarning']) || `${group}/${name} ${kind} is deprecated` }
      : {}),
  };
}

const AGE_COLUMN: PrinterColumn = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description:
    'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata',
};

/** The author's schema with the fields that every object has. */
function rootSchema(openApi: unknown): Schema {
  const { schema } = parseCrdSchema(openApi ?? { type: 'object' }, 'openAPIV3Schema');
  const properties: Record<string, Schema> = Object.assign(Object.create(null), schema.properties);
  properties['apiVersion'] = { type: 'string' };
  properties['kind'] = { type: 'string' };
  properties['metadata'] = objectMetaSchema();
  return { ...schema, type: 'object', properties };
}

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** Rules of a CRD beyond the shape of its fields, worded as upstream. */
export function validateDefinition(object: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec = record(object['spec']);
  const names = record(spec['names']);
  const group = text(spec['group']);
  const plural = text(names['plural']);
  const require = (path: string, value: string): void => {
    if (value === '') errors.push({ path, type: 'required', message: 'Required value' });
  };
  require('spec.group', group);
  require('spec.names.plural', plural);
  require('spec.names.kind', text(names['kind']));
  if (group !== '' && !group.includes('.')) {
    errors.push({
      path: 'spec.group',
      type: 'invalid',
      value: group,
      message: `Invalid value: ${JSON.stringify(group)}: should be a domain with at least one dot`,
    });
  }
  if (plural !== '' && !DNS_LABEL.test(plural)) {
    errors.push({
      path: 'spec.names.plural',
      type: 'invalid',
      value: plural,
      message: `Invalid value: ${JSON.stringify(plural)}: a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character`,
    });
  }
  const expected = `${plural}.${group}`;
  if (object.metadata.name !== expected) {
    errors.push({
      path: 'metadata.name',
      type: 'invalid',
      value: object.metadata.name,
      message: `Invalid value: ${JSON.stringify(object.metadata.name ?? '')}: must be spec.names.plural+"."+spec.group`,
    });
  }
  if (spec['scope'] !== 'Namespaced' && spec['scope'] !== 'Cluster') {
    const message =
      spec['scope'] === undefined
        ? 'Required value'
        : `Unsupported value: ${JSON.stringify(spec['scope'])}: supported values: "Cluster", "Namespaced"`;
    errors.push({
      path: 'spec.scope',
      type: spec['scope'] === undefined ? 'required' : 'notSupported',
      value: spec['scope'],
      message,
    });
  }
  const conversion = record(spec['conversion']);
  if (conversion['strategy'] === 'Webhook' && !isRecord(conversion['webhook'])) {
    errors.push({
      path: 'spec.conversion.webhook',
      type: 'required',
      message: 'Required value: required when strategy is set to Webhook',
    });
  }
  errors.push(...validateVersions(list(spec['versions']), spec['preserveUnknownFields'] === true));
  return errors;
}

function validateVersions(versions: readonly Record<string, unknown>[], preserves: boolean): FieldError[] {
  const errors: FieldError[] = [];
  if (preserves) {
    errors.push({
      path: 'spec.preserveUnknownFields',
      type: 'invalid',
      value: true,
      message:
        'Invalid value: true: cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
    });
  }
  if (versions.length === 0 || versions.filter((version) => version['storage'] === true).length !== 1) {
    errors.push({
      path: 'spec.versions',
      type: 'invalid',
      message: 'Invalid value: must have exactly one version marked as storage version',
    });
  }
  const seen = new Set<string>();
  for (const [index, version] of versions.entries()) {
    const path = `spec.versions[${index}]`;
    const name = text(version['name']);
    if (!DNS_LABEL.test(name)) {
      errors.push({
        path: `${path}.name`,
        type: name === '' ? 'required' : 'invalid',
        value: name,
        message: name === '' ? 'Required value' : `Invalid value: ${JSON.stringify(name)}: must be a DNS label`,
      });
    }
    if (seen.has(name))
      errors.push({
        path: `${path}.name`,
        type: 'duplicate',
        value: name,
        message: `Duplicate value: ${JSON.stringify(name)}`,
      });
    seen.add(name);
    const schemaPath = `${path}.schema.openAPIV3Schema`;
    const openApi = record(version['schema'])['openAPIV3Schema'];
    if (!isRecord(openApi))
      errors.push({ path: schemaPath, type: 'required', message: 'Required value: schemas are required' });
    else errors.push(...parseCrdSchema(openApi, schemaPath).errors);
  }
  return errors;
}

function record(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

function list(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}
