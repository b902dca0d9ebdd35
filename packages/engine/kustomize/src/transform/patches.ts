import { BuildFault } from '../fault.ts';
import type { Selector } from '../kustomization/types.ts';
import { ensureMap, isMapNode, mapAt, type Node, type NodeMap, Scalar } from '../node/node.ts';
import { applyJsonPatch } from '../patch/json-patch.ts';
import { strategicMerge } from '../patch/strategic-merge.ts';
import { formatResId } from '../resource/res-id.ts';
import type { BuildState, ResMap } from '../resource/res-map.ts';
import type { Resource } from '../resource/resource.ts';
import { selectResources } from '../resource/select.ts';
import type { Transformer } from './transformer.ts';

/** Strategic merge patches, each for the one resource that it names. */
export function strategicMergeTransformer(patches: readonly Resource[], kind: string): Transformer {
  return {
    kind,
    transform(resources) {
      for (const patch of patches) {
        if (kind === 'PatchStrategicMergeTransformer') textualMetadata(patch.node);
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
        applyStrategicMerge(target, patch, resources.state);
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
        textualMetadata(patch.node);
        for (const resource of selected) if (!resource.isEmpty) applyStrategicMerge(resource, patch, resources.state);
      }
      dropEmpty(resources);
    },
  };
}

/**
 * A JSON patch for everything that a selector means.
 * @param keepsId a name that it changes is remembered: those of `patches`, not of `patchesJson6902`
 */
export function jsonPatchTransformer(
  operations: readonly Node[],
  target: Selector,
  kind: string,
  keepsId: boolean,
): Transformer {
  return {
    kind,
    transform(resources) {
      for (const resource of selectResources(resources, target)) {
        if (keepsId) resource.storePreviousId();
        applyOperations(resource, operations, resources.state);
      }
      dropEmpty(resources);
    },
  };
}

/**
 * With a selector, and for `patchesStrategicMerge`, Kustomize sets the patch's own labels and annotations anew, as texts: null
 * does not delete there.
 */
function textualMetadata(patch: NodeMap): void {
  const metadata = mapAt(patch, 'metadata');
  for (const field of ['labels', 'annotations']) {
    const entries = mapAt(metadata, field);
    if (entries === undefined) continue;
    if (entries.size === 0) metadata?.delete(field);
    for (const [key, value] of entries) {
      if (typeof value !== 'string') entries.set(key, value instanceof Scalar ? value.text : '');
    }
  }
}

function applyOperations(resource: Resource, operations: readonly Node[], { budget }: BuildState): void {
  // Kustomize keeps its notes in annotations: as soon as it has any, there are some.
  const metadata = resource.hasNotes ? ensureMap(resource.node, 'metadata') : undefined;
  if (metadata !== undefined) ensureMap(metadata, 'annotations');
  const patched = applyJsonPatch(resource.node, operations, budget);
  if (!isMapNode(patched)) throw new BuildFault('a resource is an object', resource.source);
  resource.node = patched;
  const annotations = mapAt(patched, 'metadata', 'annotations');
  if (annotations?.size === 0) mapAt(patched, 'metadata')?.delete('annotations');
}

function applyStrategicMerge(target: Resource, patch: Resource, { schemas, budget }: BuildState): void {
  const { name, namespace, kind, apiVersion } = target;
  if (patch.allowNameChange || patch.allowKindChange) target.storePreviousId();
  const body = budget.copy(patch.node);
  const merged = strategicMerge(target.node, body, schemas.of(target.curId()));
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
