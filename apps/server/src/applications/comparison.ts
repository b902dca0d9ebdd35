import { type GroupVersionKind, gvkOf, type KubeObject, type Manifest } from '@sekisho/kube';
import {
  type ApplicationComparison,
  type CompareApplicationInput,
  compareInTurns,
  defaultSyncOptions,
  type HealthRules,
  parseSyncOptions,
  type SyncOptions,
  scopesOfDefinitions,
} from '@sekisho/sync';
import type { ComparisonSettings } from '../comparison/comparison-settings.ts';
import type { Ignored } from '../comparison/ignoring.ts';
import { createTurns } from '../turns.ts';
import type { Application } from './application.ts';
import type { Destination } from './destinations.ts';

/** The name under which Sekisho owns fields that it applied by server-side apply. */
export const FIELD_MANAGER = 'sekisho';

/** Desired against live, for one application at one moment. */
export async function compare(input: {
  application: Application;
  destination: Destination;
  manifests: readonly Manifest[];
  /** From {@link liveOf}: what `ignored` was prepared for. */
  live: Iterable<KubeObject>;
  ignored: Ignored;
  /** What the API server says, see Predictions. */
  predictionOf: NonNullable<CompareApplicationInput['predictionOf']>;
  settings: ComparisonSettings;
  healthRules: HealthRules | undefined;
  /** The manifests are the last good ones, not what git says now. */
  desiredUnknown?: boolean;
}): Promise<ApplicationComparison> {
  const { application, destination, manifests, ignored, settings } = input;
  const turns = compareInTurns({
    app: { instanceName: application.instanceName, name: application.name, namespace: application.namespace },
    manifests,
    live: input.live,
    destinationNamespace: application.spec.destination.namespace,
    isNamespaced: scopes(destination, manifests),
    options: syncOptionsOf(application),
    manager: FIELD_MANAGER,
    predictionOf: input.predictionOf,
    ...(ignored.ignoreDifferences === undefined ? {} : { ignoreDifferences: ignored.ignoreDifferences }),
    ...(settings.comparesStatus === undefined ? {} : { comparesStatus: settings.comparesStatus }),
    ...(input.healthRules === undefined ? {} : { healthRules: input.healthRules }),
    ...(input.desiredUnknown === true ? { desiredUnknown: true } : {}),
  });
  const giveWay = createTurns();
  for (;;) {
    await giveWay();
    const turn = turns.next();
    if (turn.done === true) return turn.value;
  }
}

/** What lives of an application, with what was just written and the watch may not show yet. */
export function liveOf(
  application: Application,
  destination: Destination,
  manifests: readonly Manifest[],
  written: ReadonlyMap<string, KubeObject> = new Map(),
): KubeObject[] {
  return [...liveObjects(application, destination, manifests), ...written.values()];
}

/** What lives of an application: everything it tracks, and whatever has the identity of a manifest. */
export function liveObjects(
  application: Application,
  destination: Destination,
  manifests: readonly Manifest[],
): KubeObject[] {
  const { live } = destination;
  const objects = new Set(live.tracked(application.instanceName));
  const isNamespaced = scopes(destination, manifests);
  for (const { object } of manifests) {
    if (object.metadata.name === undefined) continue;
    const gvk = gvkOf(object);
    const namespace =
      isNamespaced(gvk) === false ? '' : (object.metadata.namespace ?? application.spec.destination.namespace);
    const found = live.get(gvk, object.metadata.name, namespace);
    if (found !== undefined) objects.add(found);
  }
  return [...objects];
}

/** Whether a kind is namespaced: as the cluster serves it, else as a definition among the manifests says. */
export function scopes(
  destination: Destination,
  manifests: readonly Manifest[],
): (gvk: GroupVersionKind) => boolean | undefined {
  let declared: ReadonlyMap<string, boolean> | undefined;
  return (gvk) => {
    const known = destination.live.discovery.resourceForSync(gvk)?.namespaced;
    if (known !== undefined) return known;
    declared ??= scopesOfDefinitions(manifests.map(({ object }) => object));
    return declared.get(`${gvk.group}/${gvk.kind}`);
  };
}

/** Options of the application's policy; `more` (of one operation) win. */
export function syncOptionsOf(application: Application, more: readonly string[] = []): SyncOptions {
  return parseSyncOptions([...application.spec.syncPolicy.syncOptions, ...more], defaultSyncOptions).options;
}
