import { isRecord } from '../../schema/schema.ts';
import { each, empty, ensure, fill, fillNumber, fillText, type Json, put, within } from './draft.ts';

/** Defaults of a pod: those of its spec, and what only pods get (not the templates of workloads). */
export function defaultPod(pod: Json): Json {
  const draft = ensure(pod, pod, 'spec', (spec) => {
    let next = defaultPodSpec(spec);
    next = each(spec, next, 'containers', defaultRequests);
    next = each(spec, next, 'initContainers', defaultRequests);
    next = fill(spec, next, 'enableServiceLinks', true);
    if (next['hostNetwork'] === true) {
      next = each(spec, next, 'containers', defaultHostPorts);
      next = each(spec, next, 'initContainers', defaultHostPorts);
    }
    return next;
  });
  return ensure(pod, draft, 'status', defaultAddresses);
}

/** A pod that has one address has a list of one. */
function defaultAddresses(status: Json): Json {
  const address = status['podIP'];
  return typeof address === 'string' && address !== '' ? fill(status, status, 'podIPs', [{ ip: address }]) : status;
}

export function defaultPodTemplate(template: Json): Json {
  let draft = fill(template, template, 'metadata', empty);
  draft = ensure(template, draft, 'spec', defaultPodSpec);
  return draft;
}

export function defaultPodSpec(spec: Json): Json {
  let draft = each(spec, spec, 'containers', defaultContainer);
  draft = each(spec, draft, 'initContainers', defaultContainer);
  draft = each(spec, draft, 'ephemeralContainers', defaultContainer);
  draft = each(spec, draft, 'volumes', defaultVolume);
  draft = fillText(spec, draft, 'dnsPolicy', 'ClusterFirst');
  draft = fillText(spec, draft, 'restartPolicy', 'Always');
  draft = fillText(spec, draft, 'schedulerName', 'default-scheduler');
  draft = fill(spec, draft, 'securityContext', empty);
  draft = fill(spec, draft, 'terminationGracePeriodSeconds', 30);
  return syncServiceAccount(spec, draft);
}

/** The old name of the field is kept equal to the new one, whichever was given. */
function syncServiceAccount(spec: Json, draft: Json): Json {
  const name = draft['serviceAccountName'];
  const old = draft['serviceAccount'];
  if (typeof name === 'string' && name !== '') return old === name ? draft : put(spec, draft, 'serviceAccount', name);
  return typeof old === 'string' && old !== '' ? put(spec, draft, 'serviceAccountName', old) : draft;
}

function defaultContainer(container: Json): Json {
  let draft = fillText(container, container, 'terminationMessagePath', '/dev/termination-log');
  draft = fillText(container, draft, 'terminationMessagePolicy', 'File');
  if (!draft['imagePullPolicy']) {
    draft = put(container, draft, 'imagePullPolicy', pullPolicyOf(draft['image']));
  }
  draft = fill(container, draft, 'resources', empty);
  if (draft['ports'] !== undefined) draft = each(container, draft, 'ports', defaultProtocol);
  if (draft['env'] !== undefined) draft = each(container, draft, 'env', defaultEnv);
  draft = within(container, draft, 'livenessProbe', defaultProbe);
  draft = within(container, draft, 'readinessProbe', defaultProbe);
  draft = within(container, draft, 'startupProbe', defaultProbe);
  return within(container, draft, 'lifecycle', (lifecycle) => {
    const next = within(lifecycle, lifecycle, 'postStart', defaultHandler);
    return within(lifecycle, next, 'preStop', defaultHandler);
  });
}

/** `Always` for the tag latest, said or meant; a digest without a tag means a fixed image. */
export function pullPolicyOf(image: unknown): 'Always' | 'IfNotPresent' {
  if (typeof image !== 'string' || image === '') return 'IfNotPresent';
  if (!isImageName(image)) return 'IfNotPresent';
  const at = image.indexOf('@');
  const name = at < 0 ? image : image.slice(0, at);
  const colon = name.lastIndexOf(':');
  const tag = colon > name.lastIndexOf('/') ? name.slice(colon + 1) : at < 0 ? 'latest' : '';
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const repository = new RegExp(`^${component}(?:/${component})*$`);
const tagOrDigest =
  /^(?:([^@]*?)(?::(\w[\w.-]{0,127}))?)(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$/;

/** Whether the text names an image; what does not is left to fail when it is pulled. */
function isImageName(image: string): boolean {
  const name = tagOrDigest.exec(image)?.[1];
  if (name === undefined) return false;
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  // The part before the first slash is a host when it looks like one.
  const hasHost = slash > 0 && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
  if (hasHost && !/^[A-Za-z0-9.-]+(?::\d+)?$|^\[[0-9a-fA-F:]+\](?::\d+)?$/.test(first)) return false;
  return repository.test(hasHost ? name.slice(slash + 1) : name);
}

export function defaultProtocol(port: Json): Json {
  return fillText(port, port, 'protocol', 'TCP');
}

function defaultEnv(variable: Json): Json {
  return within(variable, variable, 'valueFrom', (source) => {
    let next = within(source, source, 'fieldRef', defaultFieldRef);
    next = within(source, next, 'resourceFieldRef', defaultDivisor);
    return within(source, next, 'fileKeyRef', (ref) => fill(ref, ref, 'optional', false));
  });
}

function defaultDivisor(ref: Json): Json {
  return fill(ref, ref, 'divisor', '0');
}

function defaultFieldRef(ref: Json): Json {
  return fillText(ref, ref, 'apiVersion', 'v1');
}

function defaultProbe(probe: Json): Json {
  let draft = defaultHandler(probe);
  draft = fillNumber(probe, draft, 'timeoutSeconds', 1);
  draft = fillNumber(probe, draft, 'periodSeconds', 10);
  draft = fillNumber(probe, draft, 'successThreshold', 1);
  draft = fillNumber(probe, draft, 'failureThreshold', 3);
  return within(probe, draft, 'grpc', (grpc) => fill(grpc, grpc, 'service', ''));
}

function defaultHandler(handler: Json): Json {
  return within(handler, handler, 'httpGet', (get) => {
    const next = fillText(get, get, 'path', '/');
    return fillText(get, next, 'scheme', 'HTTP');
  });
}

/** Requests of a pod follow its limits where it says nothing. */
function defaultRequests(container: Json): Json {
  return within(container, container, 'resources', (resources) => {
    const limits = resources['limits'];
    if (!isRecord(limits)) return resources;
    const requests = isRecord(resources['requests']) ? resources['requests'] : empty;
    let merged: Json = requests;
    for (const [name, quantity] of Object.entries(limits)) merged = fill(requests, merged, name, quantity);
    return merged === requests ? resources : { ...resources, requests: merged };
  });
}

function defaultHostPorts(container: Json): Json {
  return each(container, container, 'ports', (port) =>
    fillNumber(port, port, 'hostPort', Number(port['containerPort'] ?? 0)),
  );
}

const defaultMode = 0o644;

function defaultVolume(volume: Json): Json {
  if (!Object.keys(volume).some((key) => key !== 'name' && volume[key] !== null && volume[key] !== undefined)) {
    return { ...volume, emptyDir: empty };
  }
  let draft = within(volume, volume, 'secret', (source) => fill(source, source, 'defaultMode', defaultMode));
  draft = within(volume, draft, 'configMap', (source) => fill(source, source, 'defaultMode', defaultMode));
  draft = within(volume, draft, 'downwardAPI', (source) => {
    const next = fill(source, source, 'defaultMode', defaultMode);
    return each(source, next, 'items', defaultDownwardItem);
  });
  draft = within(volume, draft, 'projected', (source) => {
    const next = fill(source, source, 'defaultMode', defaultMode);
    return each(source, next, 'sources', defaultProjection);
  });
  draft = within(volume, draft, 'ephemeral', (source) =>
    within(source, source, 'volumeClaimTemplate', (template) => {
      const next = fill(template, template, 'metadata', empty);
      return within(template, next, 'spec', defaultClaimSpec);
    }),
  );
  draft = within(volume, draft, 'image', (source) =>
    fillText(source, source, 'pullPolicy', pullPolicyOf(source['reference'])),
  );
  return defaultVolumeSource(volume, draft);
}

function defaultDownwardItem(item: Json): Json {
  const draft = within(item, item, 'fieldRef', defaultFieldRef);
  return within(item, draft, 'resourceFieldRef', defaultDivisor);
}

function defaultProjection(source: Json): Json {
  const draft = within(source, source, 'serviceAccountToken', (token) =>
    fill(token, token, 'expirationSeconds', 60 * 60),
  );
  return within(source, draft, 'downwardAPI', (downward) => each(downward, downward, 'items', defaultDownwardItem));
}

/** Defaults of the sources that volumes and persistent volumes share. */
export function defaultVolumeSource(original: Json, current: Json): Json {
  let draft = within(original, current, 'hostPath', (source) => fill(source, source, 'type', ''));
  draft = within(original, draft, 'iscsi', (source) => fillText(source, source, 'iscsiInterface', 'default'));
  draft = within(original, draft, 'rbd', (source) => {
    let next = fillText(source, source, 'pool', 'rbd');
    next = fillText(source, next, 'user', 'admin');
    return fillText(source, next, 'keyring', '/etc/ceph/keyring');
  });
  draft = within(original, draft, 'azureDisk', (source) => {
    let next = fill(source, source, 'cachingMode', 'ReadWrite');
    next = fill(source, next, 'kind', 'Shared');
    next = fill(source, next, 'fsType', 'ext4');
    return fill(source, next, 'readOnly', false);
  });
  return within(original, draft, 'scaleIO', (source) => {
    const next = fillText(source, source, 'storageMode', 'ThinProvisioned');
    return fillText(source, next, 'fsType', 'xfs');
  });
}

export function defaultClaimSpec(spec: Json): Json {
  const draft = fill(spec, spec, 'volumeMode', 'Filesystem');
  return fill(spec, draft, 'resources', empty);
}
