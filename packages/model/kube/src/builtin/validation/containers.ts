import { compareQuantity, tryParseQuantity } from '../../quantity.ts';
import { duplicate, forbidden, invalid, notFound, notSupported, required } from '../../schema/field-error.ts';
import { isRecord } from '../../schema/schema.ts';
import { isConfigKey, isDnsLabel, isEnvName, isPortName, isQualifiedName } from './names.ts';
import {
  addInvalid,
  type Errors,
  eachAt,
  type Json,
  listAt,
  nonNegative,
  numberAt,
  oneVariant,
  portNumber,
  portOrName,
  recordAt,
  requireText,
  textAt,
} from './report.ts';

/** What the containers of a pod must know of it. */
export interface PodFacts {
  /** A pod itself, not a template. */
  readonly isPod: boolean;
  readonly hostNetwork: boolean;
  readonly volumes: ReadonlySet<string>;
  /** Names and host ports that containers looked at so far have taken. */
  readonly names: Set<string>;
  readonly hostPorts: Set<string>;
}

export type ContainerRole = 'containers' | 'initContainers' | 'ephemeralContainers';

export function validateContainer(
  container: Json,
  path: string,
  role: ContainerRole,
  facts: PodFacts,
  errors: Errors,
): void {
  const name = requireText(errors, container, 'name', path);
  if (name !== undefined) {
    addInvalid(errors, `${path}.name`, name, isDnsLabel(name));
    if (facts.names.has(name)) errors.push(duplicate(`${path}.name`, name));
    facts.names.add(name);
  }
  const image = requireText(errors, container, 'image', path);
  if (image !== undefined && image.trim() !== image) {
    errors.push(invalid(`${path}.image`, image, 'must not have leading or trailing whitespace'));
  }
  validatePorts(container, path, facts, errors);
  validateEnv(container, path, errors);
  validateMounts(container, path, facts, errors);
  validateResources(recordAt(container, 'resources'), `${path}.resources`, errors);
  validateSecurity(recordAt(container, 'securityContext'), `${path}.securityContext`, errors);
  if (role === 'ephemeralContainers') {
    for (const key of ['ports', 'livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle', 'resources']) {
      if (isGiven(container[key])) errors.push(forbidden(`${path}.${key}`, 'cannot be set for an Ephemeral Container'));
    }
    return;
  }
  const plainInit = role === 'initContainers' && container['restartPolicy'] !== 'Always';
  for (const key of ['livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
    const probe = recordAt(container, key);
    if (probe === undefined) continue;
    if (plainInit)
      errors.push(forbidden(`${path}.${key}`, 'may not be set for init containers without restartPolicy=Always'));
    else validateProbe(probe, `${path}.${key}`, key !== 'readinessProbe', errors);
  }
  const lifecycle = recordAt(container, 'lifecycle');
  if (lifecycle !== undefined) {
    if (plainInit) {
      errors.push(forbidden(`${path}.lifecycle`, 'may not be set for init containers without restartPolicy=Always'));
    } else {
      for (const key of ['postStart', 'preStop']) {
        const handler = recordAt(lifecycle, key);
        if (handler !== undefined) validateHandler(handler, `${path}.lifecycle.${key}`, lifecycleHandlers, errors);
      }
    }
  }
}

/** Empty structs are what encoders leave of absent ones. */
function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && !(isRecord(value) && Object.keys(value).length === 0);
}

function validatePorts(container: Json, path: string, facts: PodFacts, errors: Errors): void {
  const names = new Set<string>();
  eachAt(container, 'ports', path, (port, at) => {
    const name = textAt(port, 'name');
    if (name !== '') {
      const faults = isPortName(name);
      addInvalid(errors, `${at}.name`, name, faults);
      if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
      else if (faults.length === 0) names.add(name);
    }
    const number = numberAt(port, 'containerPort') ?? 0;
    if (number === 0) errors.push(required(`${at}.containerPort`));
    else portNumber(errors, `${at}.containerPort`, number);
    const hostPort = numberAt(port, 'hostPort') ?? 0;
    if (hostPort !== 0) {
      portNumber(errors, `${at}.hostPort`, hostPort);
      const taken = `${textAt(port, 'protocol')}/${textAt(port, 'hostIP')}/${hostPort}`;
      if (facts.hostPorts.has(taken)) errors.push(duplicate(`${at}.hostPort`, taken));
      facts.hostPorts.add(taken);
    }
    if (facts.hostNetwork && (facts.isPod || hostPort !== 0) && hostPort !== number) {
      errors.push(invalid(`${at}.hostPort`, hostPort, 'must match `containerPort` when `hostNetwork` is true'));
    }
    if (textAt(port, 'protocol') === '') errors.push(required(`${at}.protocol`));
  });
}

const envSources = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef'];

function validateEnv(container: Json, path: string, errors: Errors): void {
  eachAt(container, 'env', path, (variable, at) => {
    const name = requireText(errors, variable, 'name', at);
    if (name !== undefined) addInvalid(errors, `${at}.name`, name, isEnvName(name));
    const from = recordAt(variable, 'valueFrom');
    if (from === undefined) return;
    if (textAt(variable, 'value') !== '') {
      errors.push(invalid(`${at}.valueFrom`, '', 'may not be specified when `value` is not empty'));
    }
    const used = envSources.filter((source) => isRecord(from[source]));
    if (used.length === 0) {
      const names =
        'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`';
      errors.push(invalid(`${at}.valueFrom`, '', names));
    } else if (used.length > 1) {
      errors.push(invalid(`${at}.valueFrom`, '', 'may not have more than one field specified at a time'));
    }
    for (const source of ['configMapKeyRef', 'secretKeyRef']) {
      const ref = recordAt(from, source);
      if (ref === undefined) continue;
      requireText(errors, ref, 'name', `${at}.valueFrom.${source}`);
      const key = requireText(errors, ref, 'key', `${at}.valueFrom.${source}`);
      if (key !== undefined) addInvalid(errors, `${at}.valueFrom.${source}.key`, key, isConfigKey(key));
    }
    const field = recordAt(from, 'fieldRef');
    if (field !== undefined) {
      if (textAt(field, 'apiVersion') === '') errors.push(required(`${at}.valueFrom.fieldRef.apiVersion`));
      requireText(errors, field, 'fieldPath', `${at}.valueFrom.fieldRef`);
    }
    const resource = recordAt(from, 'resourceFieldRef');
    if (resource !== undefined) validateResourceRef(resource, `${at}.valueFrom.resourceFieldRef`, errors);
  });
  eachAt(container, 'envFrom', path, (source, at) => {
    const prefix = textAt(source, 'prefix');
    if (prefix !== '') addInvalid(errors, `${at}.prefix`, prefix, isEnvName(prefix));
    const used = ['configMapRef', 'secretRef'].filter((key) => isRecord(source[key]));
    if (used.length === 0) errors.push(invalid(at, '', 'must specify one of: `configMapRef` or `secretRef`'));
    else if (used.length > 1) errors.push(invalid(at, '', 'may not have more than one field specified at a time'));
    for (const key of used) requireText(errors, recordAt(source, key), 'name', `${at}.${key}`);
  });
}

const exposedResources = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];

/** Which resource of a container is shown to its program. */
export function validateResourceRef(reference: Json, path: string, errors: Errors): void {
  const name = requireText(errors, reference, 'resource', path);
  if (name !== undefined && !exposedResources.includes(name) && !/^(limits|requests)\.hugepages-/.test(name)) {
    errors.push(notSupported(`${path}.resource`, name, exposedResources));
  }
}

function validateMounts(container: Json, path: string, facts: PodFacts, errors: Errors): void {
  const paths = new Set<string>();
  eachAt(container, 'volumeMounts', path, (mount, at) => {
    const name = requireText(errors, mount, 'name', at);
    if (name !== undefined && !facts.volumes.has(name)) errors.push(notFound(`${at}.name`, name));
    const mountPath = requireText(errors, mount, 'mountPath', at);
    if (mountPath !== undefined) {
      if (paths.has(mountPath)) errors.push(invalid(`${at}.mountPath`, mountPath, 'must be unique'));
      paths.add(mountPath);
    }
    const subPath = textAt(mount, 'subPath');
    if (subPath !== '') validateLocalPath(subPath, `${at}.subPath`, errors);
    const expression = textAt(mount, 'subPathExpr');
    if (expression !== '') {
      if (subPath !== '')
        errors.push(invalid(`${at}.subPathExpr`, expression, 'subPathExpr and subPath are mutually exclusive'));
      validateLocalPath(expression, `${at}.subPathExpr`, errors);
    }
  });
  eachAt(container, 'volumeDevices', path, (device, at) => {
    const name = requireText(errors, device, 'name', at);
    if (name !== undefined && !facts.volumes.has(name)) errors.push(notFound(`${at}.name`, name));
    requireText(errors, device, 'devicePath', at);
  });
}

/** A path that stays below where it starts. */
export function validateLocalPath(text: string, path: string, errors: Errors): void {
  if (text.startsWith('/')) errors.push(invalid(path, text, 'must be a relative path'));
  if (text.split('/').includes('..')) errors.push(invalid(path, text, "must not contain '..'"));
}

const standardResources = new Set(['cpu', 'memory', 'ephemeral-storage']);

export function validateResources(resources: Json | undefined, path: string, errors: Errors): void {
  if (resources === undefined) return;
  const limits = recordAt(resources, 'limits');
  const requests = recordAt(resources, 'requests');
  for (const [key, map] of [
    ['limits', limits],
    ['requests', requests],
  ] as const) {
    for (const name in map) {
      const at = `${path}.${key}[${name}]`;
      const faults = isQualifiedName(name);
      addInvalid(errors, at, name, faults);
      if (
        faults.length === 0 &&
        !name.includes('/') &&
        !standardResources.has(name) &&
        !name.startsWith('hugepages-')
      ) {
        errors.push(invalid(at, name, 'must be a standard resource for containers'));
      }
      const quantity = map[name];
      if (isQuantity(quantity) && compareQuantity(quantity, 0) < 0) {
        errors.push(invalid(at, quantity, 'must be greater than or equal to 0'));
      }
    }
  }
  for (const name in requests) {
    const request = requests[name];
    const limit = limits?.[name];
    if (!isQuantity(request) || limit === undefined) continue;
    if (isQuantity(limit) && compareQuantity(request, limit) > 0) {
      errors.push(invalid(`${path}.requests`, request, `must be less than or equal to ${name} limit of ${limit}`));
    }
  }
}

function isQuantity(value: unknown): value is string | number {
  return tryParseQuantity(value) !== undefined;
}

function validateSecurity(context: Json | undefined, path: string, errors: Errors): void {
  if (context === undefined) return;
  validateIds(context, path, ['runAsUser', 'runAsGroup'], errors);
  validateProfile(context, path, errors);
  if (context['allowPrivilegeEscalation'] === false && context['privileged'] === true) {
    errors.push(invalid(path, context, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'));
  }
  const added = listAt(recordAt(context, 'capabilities'), 'add');
  if (
    context['allowPrivilegeEscalation'] === false &&
    (added.includes('CAP_SYS_ADMIN') || added.includes('SYS_ADMIN'))
  ) {
    errors.push(
      invalid(path, context, 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN'),
    );
  }
}

/** A seccomp profile says its type, and its file when it is a local one. Also of whole pods. */
export function validateProfile(context: Json, path: string, errors: Errors): void {
  const profile = recordAt(context, 'seccompProfile');
  if (profile === undefined) return;
  const at = `${path}.seccompProfile`;
  const type = requireText(errors, profile, 'type', at, 'type is required when seccompProfile is set');
  if (type === 'Localhost' && textAt(profile, 'localhostProfile') === '') {
    errors.push(required(`${at}.localhostProfile`, 'must be set when seccomp type is Localhost'));
  }
}

export function validateIds(context: Json, path: string, keys: readonly string[], errors: Errors): void {
  for (const key of keys) {
    const id = numberAt(context, key);
    if (id !== undefined && (id < 0 || id > 2_147_483_647)) {
      errors.push(invalid(`${path}.${key}`, id, 'must be between 0 and 2147483647, inclusive'));
    }
  }
}

const probeHandlers = ['exec', 'httpGet', 'tcpSocket', 'grpc'];
const lifecycleHandlers = ['exec', 'httpGet', 'tcpSocket', 'sleep'];

function validateProbe(probe: Json, path: string, successOnce: boolean, errors: Errors): void {
  validateHandler(probe, path, probeHandlers, errors);
  for (const key of [
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'successThreshold',
    'failureThreshold',
  ]) {
    nonNegative(errors, probe, key, path);
  }
  const grace = numberAt(probe, 'terminationGracePeriodSeconds');
  if (grace !== undefined && grace <= 0) {
    errors.push(invalid(`${path}.terminationGracePeriodSeconds`, grace, 'must be greater than 0'));
  }
  const success = numberAt(probe, 'successThreshold') ?? 1;
  if (successOnce && success !== 1) errors.push(invalid(`${path}.successThreshold`, success, 'must be 1'));
}

function validateHandler(handler: Json, path: string, variants: readonly string[], errors: Errors): void {
  oneVariant(errors, handler, path, variants, {
    missing: 'must specify a handler type',
    several: 'may not specify more than 1 handler type',
  });
  const exec = recordAt(handler, 'exec');
  if (exec !== undefined && listAt(exec, 'command').length === 0) errors.push(required(`${path}.exec.command`));
  const get = recordAt(handler, 'httpGet');
  if (get !== undefined) {
    requireText(errors, get, 'path', `${path}.httpGet`);
    portOrName(errors, `${path}.httpGet.port`, get['port']);
    eachAt(get, 'httpHeaders', `${path}.httpGet`, (header, at) => {
      const name = textAt(header, 'name');
      if (!/^[-A-Za-z0-9]+$/.test(name)) {
        const fault =
          "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";
        errors.push(invalid(`${at}.name`, name, fault));
      }
    });
  }
  const tcp = recordAt(handler, 'tcpSocket');
  if (tcp !== undefined) portOrName(errors, `${path}.tcpSocket.port`, tcp['port']);
  const grpc = recordAt(handler, 'grpc');
  if (grpc !== undefined) portNumber(errors, `${path}.grpc.port`, grpc['port']);
}

/** A reference to an object of the same namespace by name. */
