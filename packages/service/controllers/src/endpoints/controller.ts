import { isSekishoError } from '@sekisho/base';
import type { Informer, ResourceType } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import type { Pod } from '../kinds/pod.ts';
import { ENDPOINT_SLICES, ENDPOINTS, PODS, SERVICES } from '../kinds/resources.ts';
import { selects } from '../kinds/selector.ts';
import { CONTROLLER_INDEX, controllerRefOf, refersTo } from '../ownership/controller-ref.ts';
import { keyOf, splitKey } from '../runtime/key.ts';
import { type ControllerRuntime, isNamespaceTerminating } from '../runtime/runtime.ts';
import { MANAGED_BY_LABEL, planEndpoints, planSlices, type Service, SLICE_MANAGER, sameEndpoints } from './plan.ts';

/** A service and its pods come together, and pods change in bursts: one look serves all of it. */
const SETTLE_MS = 50;
/** A service without pods gets its empty objects late: mostly its pods are on their way. */
const EMPTY_AFTER_MS = 1000;
const LABEL_INDEX = 'label';
const SELECTOR_INDEX = 'selector';

/** Keeps EndpointSlices and Endpoints equal to the pods that services select. */
export function startEndpointsController(runtime: ControllerRuntime): void {
  const { client } = runtime;
  const services = runtime.informer(SERVICES);
  const pods = runtime.informer(PODS);
  const slices = runtime.informer(ENDPOINT_SLICES);
  const endpoints = runtime.informer(ENDPOINTS);
  pods.index(LABEL_INDEX, (pod) => labelValues(pod.metadata.namespace, pod.metadata.labels));
  services.index(SELECTOR_INDEX, (service) => firstSelectorValue(service as Service));

  const queue = runtime.queue('endpoints', 16, async (key, signal) => {
    const { namespace, name } = splitKey(key);
    const service = services.get(name, namespace) as Service | undefined;
    if (service === undefined) return removeEndpoints(name, namespace);
    if (!isSelecting(service) || service.metadata.deletionTimestamp !== undefined) return undefined;
    const backends = selectedPods(service, pods).filter((pod) => pod.status?.podIP !== undefined);
    await keepSlices(service, planSlices(service, backends), signal);
    await keepEndpoints(planEndpoints(service, backends), signal);
    return undefined;
  });

  services.on(({ type, object }) => {
    queue.addAfter(keyOf(object), type === 'ADDED' ? EMPTY_AFTER_MS : SETTLE_MS);
  });
  pods.on(({ object, previous }) => {
    if ((object as Pod).status?.podIP === undefined) return;
    if (previous !== undefined && !matters(previous as Pod, object as Pod)) return;
    const seen = new Set<string>();
    for (const pod of previous === undefined ? [object] : [object, previous]) {
      for (const service of servicesOf(pod as Pod)) seen.add(keyOf(service));
    }
    for (const key of seen) queue.addAfter(key, SETTLE_MS);
  });
  slices.on(({ type, object }) => {
    const reference = controllerRefOf(object);
    if (type !== 'ADDED' && refersTo(reference, SERVICES)) {
      queue.addAfter(`${object.metadata.namespace ?? ''}/${reference.name}`, SETTLE_MS);
    }
  });
  endpoints.on(({ type, object }) => {
    if (type !== 'ADDED' && services.get(object.metadata.name ?? '', object.metadata.namespace) !== undefined) {
      queue.addAfter(keyOf(object), SETTLE_MS);
    }
  });

  function servicesOf(pod: Pod): Service[] {
    const found: Service[] = [];
    for (const value of labelValues(pod.metadata.namespace, pod.metadata.labels)) {
      for (const service of services.byIndex(SELECTOR_INDEX, value) as Service[]) {
        if (selects({ matchLabels: service.spec.selector ?? {} }, pod.metadata.labels)) found.push(service);
      }
    }
    return found;
  }

  async function keepSlices(service: Service, planned: readonly KubeObject[], signal: AbortSignal): Promise<void> {
    const stored = (slices.byIndex(CONTROLLER_INDEX, service.metadata.uid ?? '') as KubeObject[]).filter(
      (slice) => slice.metadata.labels?.[MANAGED_BY_LABEL] === SLICE_MANAGER,
    );
    for (const slice of planned) {
      const known = stored.find(({ metadata }) => metadata.name === slice.metadata.name);
      await keep(ENDPOINT_SLICES, known, slice, signal);
    }
    for (const slice of stored) {
      if (planned.some(({ metadata }) => metadata.name === slice.metadata.name)) continue;
      await remove(ENDPOINT_SLICES, slice.metadata.name ?? '', slice.metadata.namespace);
      await runtime.observedDeletion(ENDPOINT_SLICES, slice, signal);
    }
  }

  async function keepEndpoints(planned: KubeObject, signal: AbortSignal): Promise<void> {
    await keep(ENDPOINTS, endpoints.get(planned.metadata.name ?? '', planned.metadata.namespace), planned, signal);
  }

  async function keep(
    type: ResourceType,
    stored: KubeObject | undefined,
    planned: KubeObject,
    signal: AbortSignal,
  ): Promise<void> {
    if (stored !== undefined && sameEndpoints(stored, planned)) return;
    try {
      const written =
        stored === undefined
          ? await client.create(type, planned)
          : await client.update(type, {
              ...planned,
              metadata: { ...stored.metadata, labels: planned.metadata.labels ?? {} },
            });
      await runtime.observed(type, written, signal);
    } catch (error) {
      if (!isNamespaceTerminating(error)) throw error;
    }
  }

  /** Slices have an owner and are collected; the Endpoints object has none. */
  async function removeEndpoints(name: string, namespace: string): Promise<undefined> {
    const stored = endpoints.get(name, namespace);
    if (stored?.metadata.labels?.['endpoints.kubernetes.io/managed-by'] === undefined) return undefined;
    await remove(ENDPOINTS, name, namespace);
    return undefined;
  }

  async function remove(type: ResourceType, name: string, namespace: string | undefined): Promise<void> {
    try {
      await client.delete(type, name, namespace);
    } catch (error) {
      if (!isSekishoError(error, 'KUBE_NOT_FOUND')) throw error;
    }
  }
}

function isSelecting(service: Service): boolean {
  return service.spec.type !== 'ExternalName' && Object.keys(service.spec.selector ?? {}).length > 0;
}

function labelValues(namespace: string | undefined, labels: Readonly<Record<string, string>> | undefined): string[] {
  return Object.entries(labels ?? {}).map(([key, value]) => `${namespace ?? ''}/${key}=${value}`);
}

/** One pair of the selector finds the candidates; the others are checked on them. */
function firstSelectorValue(service: Service): string | undefined {
  return labelValues(service.metadata.namespace, service.spec?.selector)[0];
}

function selectedPods(service: Service, pods: Informer): Pod[] {
  const value = firstSelectorValue(service);
  if (value === undefined) return [];
  const matchLabels = service.spec.selector ?? {};
  return (pods.byIndex(LABEL_INDEX, value) as Pod[]).filter((pod) => selects({ matchLabels }, pod.metadata.labels));
}

function matters(before: Pod, after: Pod): boolean {
  return (
    before.status?.podIP !== after.status?.podIP ||
    before.status?.phase !== after.status?.phase ||
    before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp ||
    before.metadata.labels !== after.metadata.labels ||
    readiness(before) !== readiness(after)
  );
}

function readiness(pod: Pod): string | undefined {
  return pod.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
}
