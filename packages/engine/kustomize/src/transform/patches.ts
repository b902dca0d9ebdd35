import { BuildFault } from '../fault.ts';
import type { Selector } from '../kustomization/types.ts';
import { cloneNode, ensureMap, isMapNode, mapAt, type Node } from '../node/node.ts';
import { applyJsonPatch } from '../patch/json-patch.ts';
import { mergeSchema } from '../patch/merge-schema.ts';
import { strategicMerge } from '../patch/strategic-merge.ts';
import { formatResId } from '../resource/res-id.ts';
import type { ResMap } from '../resource/res-map.ts';
import type { Resource } from '../resource/resource.ts';
import { selectResources } from '../resource/select.ts';
import type { Transformer } from './transformer.ts';

/** Strategic merge patches, each for the one resource that it names. */
export function strategicMergeTransformer(patches: readonly Resource[], kind: string): Transformer {
  return {
    kind,
    transform(resources) {
      for (const patch of patches) {
        const id = patch.orgId();
        let target: Resource;
        try {
          target = resources.demandOne(id);
        } catch (error) {
          if (!(error instanceof BuildFault)) throw error;
          const prefix =
            kind === 'PatchTransformer' ? `no resource matches strategic merge patch "${formatResId(id)}": ` : '';
          throw new BuildFault(
            `${prefix}${error.message}; failed to find unique target for patch ${formatResId(id)}`,
            patch.source,
            'KUSTOMIZE_PATCH_TARGET',
          );
        }
        applyStrategicMerge(target, patch);
      }
      dropEmpty(resources);
    },
  };
}

/** Strategic merge patches for everything that a selector means. */
export function targetedMergeTransformer(patches: readonly Resource[], target: Selector): Transformer {
  return {
    kind: 'PatchTransformer',
    transform(resources) {
      const selected = selectResources(resources, target);
      for (const patch of patches) {
        for (const resource of selected) if (!resource.isEmpty) applyStrategicMerge(resource, patch);
      }
      dropEmpty(resources);
    },
  };
}

/** A JSON patch for everything that a selector means. */
export function jsonPatchTransformer(operations: readonly Node[], target: Selector, kind: string): Transformer {
  return {
    kind,
    transform(resources) {
      for (const resource of selectResources(resources, target)) applyOperations(resource, operations);
      dropEmpty(resources);
    },
  };
}

function applyOperations(resource: Resource, operations: readonly Node[]): void {
  resource.storePreviousId();
  // Kustomize keeps notes in annotations, so that there are always some.
  const metadata = ensureMap(resource.node, 'metadata');
  if (metadata !== undefined) ensureMap(metadata, 'annotations');
  const patched = applyJsonPatch(resource.node, operations);
  if (!isMapNode(patched)) throw new BuildFault('a resource is an object', resource.source);
  resource.node = patched;
  const annotations = mapAt(patched, 'metadata', 'annotations');
  if (annotations?.size === 0) mapAt(patched, 'metadata')?.delete('annotations');
}

function applyStrategicMerge(target: Resource, patch: Resource): void {
  const { name, namespace, kind, apiVersion } = target;
  if (patch.allowNameChange || patch.allowKindChange) target.storePreviousId();
  const body = cloneNode(patch.node);
  const merged = strategicMerge(target.node, body, mergeSchema(target.curId()));
  if (!isMapNode(merged) || merged.size === 0) {
    target.node = new Map();
    return;
  }
  target.node = merged;
  merged.set('apiVersion', apiVersion);
  if (!patch.allowKindChange) merged.set('kind', kind);
  if (!patch.allowNameChange) target.setName(name);
  target.setNamespace(namespace);
}

function dropEmpty(resources: ResMap): void {
  if (resources.resources.some((resource) => resource.isEmpty)) {
    resources.resources = resources.resources.filter((resource) => !resource.isEmpty);
  }
}
