import { type KubeObject, objectMetaSchema, parseCrdSchema, type Schema } from '@sekisho/kube';
import type { PrinterColumn } from '../api/served-resource.ts';
import { isRecord } from '../api/write/decode.ts';

/** Holds a CRD until its objects are gone. */
export const CLEANUP_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io';

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
