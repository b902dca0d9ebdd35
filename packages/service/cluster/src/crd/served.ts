import { formatApiVersion } from '@sekisho/kube';
import { collectionId, withApiVersion } from '../api/registry.ts';
import type { ServedResource } from '../api/served-resource.ts';
import type { Storage } from '../storage/storage.ts';
import type { Definition } from './definition.ts';

const VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];

/** The resources that a CRD adds, one for each served version; all share one collection. */
export function servedVersions(storage: Storage, definition: Definition): ServedResource[] {
  const { group, names, versions } = definition;
  const stored = versions.find((version) => version.storage) ?? versions[0];
  if (stored === undefined) return [];
  const storageApiVersion = formatApiVersion(group, stored.name);
  const collection = storage.collection(collectionId(group, names.plural));
  return versions
    .filter((version) => version.served)
    .map((version) => {
      const apiVersion = formatApiVersion(group, version.name);
      return {
        info: {
          group,
          version: version.name,
          kind: names.kind,
          resource: names.plural,
          singular: names.singular,
          namespaced: definition.namespaced,
          shortNames: names.shortNames,
          categories: names.categories,
          verbs: VERBS,
          subresources: [...(version.hasStatus ? ['status'] : []), ...(version.scale === undefined ? [] : ['scale'])],
        },
        apiVersion,
        listKind: names.listKind,
        collection,
        storageApiVersion,
        hasStatus: version.hasStatus,
        tracksGeneration: true,
        custom: {
          crdName: definition.crdName,
          printerColumns: version.printerColumns,
          selectableFields: version.selectableFields,
          listKind: names.listKind,
          tag: definition.tag,
          ...(definition.webhookConversion && apiVersion !== storageApiVersion
            ? { unavailable: whyUnavailable(apiVersion, names.kind, storageApiVersion) }
            : {}),
          ...(version.scale === undefined ? {} : { scale: version.scale }),
          ...(version.deprecationWarning === undefined ? {} : { deprecationWarning: version.deprecationWarning }),
        },
        schema: version.schema,
        fromStorage: (object) => withApiVersion(object, apiVersion),
        toStorage: (object) => withApiVersion(object, storageApiVersion),
      };
    });
}

function whyUnavailable(apiVersion: string, kind: string, storageApiVersion: string): string {
  return `conversion webhook for ${apiVersion}, Kind=${kind} failed: this cluster does not call conversion webhooks; use ${storageApiVersion}`;
}
