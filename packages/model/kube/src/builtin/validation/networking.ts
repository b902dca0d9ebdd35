import { forbidden, invalid, notSupported, required } from '../../schema/field-error.ts';
import { isCidr } from '../../schema/formats.ts';
import { isRecord } from '../../schema/schema.ts';
import { isIp } from './ip.ts';
import { validateSelector } from './metadata.ts';
import {
  isDns1035Label,
  isDnsLabel,
  isDnsSubdomain,
  isPathSegment,
  isPortName,
  isWildcardDnsSubdomain,
} from './names.ts';
import {
  addInvalid,
  type Errors,
  eachAt,
  type Json,
  listAt,
  numberAt,
  portNumber,
  portOrName,
  recordAt,
  requireText,
  textAt,
} from './report.ts';

export function validateIngress(ingress: Json, errors: Errors): void {
  const spec = recordAt(ingress, 'spec') ?? {};
  const backend = recordAt(spec, 'defaultBackend');
  if (listAt(spec, 'rules').length === 0 && backend === undefined) {
    errors.push(invalid('spec', spec['rules'] ?? null, 'either `defaultBackend` or `rules` must be specified'));
  }
  if (backend !== undefined) validateBackend(backend, 'spec.defaultBackend', errors);
  eachAt(spec, 'rules', 'spec', (rule, at) => {
    const host = textAt(rule, 'host');
    if (host !== '') validateHost(host, `${at}.host`, errors);
    const http = recordAt(rule, 'http');
    if (http === undefined) return;
    if (listAt(http, 'paths').length === 0) errors.push(required(`${at}.http.paths`));
    eachAt(http, 'paths', `${at}.http`, (path, where) => validatePath(path, where, errors));
  });
  eachAt(spec, 'tls', 'spec', (tls, at) => {
    listAt(tls, 'hosts').forEach((host, index) => {
      if (typeof host !== 'string') return;
      const faults = host.includes('*') ? isWildcardDnsSubdomain(host) : isDnsSubdomain(host);
      addInvalid(errors, `${at}.hosts[${index}]`, host, faults);
    });
  });
  const ingressClass = textAt(spec, 'ingressClassName');
  if (ingressClass !== '') addInvalid(errors, 'spec.ingressClassName', ingressClass, isDnsSubdomain(ingressClass));
}

function validateHost(host: string, path: string, errors: Errors): void {
  if (isIp(host)) errors.push(invalid(path, host, 'must be a DNS name, not an IP address'));
  else addInvalid(errors, path, host, host.includes('*') ? isWildcardDnsSubdomain(host) : isDnsSubdomain(host));
}

const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix'];

function validatePath(path: Json, at: string, errors: Errors): void {
  const type = textAt(path, 'pathType');
  const text = textAt(path, 'path');
  if (type === '') errors.push(required(`${at}.pathType`, 'pathType must be specified'));
  else if (!pathTypes.includes(type)) errors.push(notSupported(`${at}.pathType`, type, pathTypes));
  else if (type !== 'ImplementationSpecific' || text !== '') {
    if (!text.startsWith('/')) errors.push(invalid(`${at}.path`, text, 'must be an absolute path'));
    else if (type !== 'ImplementationSpecific') {
      for (const part of ['//', '/./', '/../', '%2f', '%2F']) {
        if (text.includes(part)) errors.push(invalid(`${at}.path`, text, `must not contain '${part}'`));
      }
      for (const suffix of ['/..', '/.']) {
        if (text.endsWith(suffix)) errors.push(invalid(`${at}.path`, text, `cannot end with '${suffix}'`));
      }
    }
  }
  validateBackend(recordAt(path, 'backend') ?? {}, `${at}.backend`, errors);
}

function validateBackend(backend: Json, path: string, errors: Errors): void {
  const service = recordAt(backend, 'service');
  const resource = recordAt(backend, 'resource');
  if (service !== undefined && resource !== undefined) {
    errors.push(invalid(path, '', 'cannot set both resource and service backends'));
  } else if (resource !== undefined) {
    validateReference(resource, `${path}.resource`, errors);
  } else if (service === undefined) {
    errors.push(invalid(path, '', 'resource or service backend is required'));
  } else {
    const name = requireText(errors, service, 'name', `${path}.service`);
    if (name !== undefined) addInvalid(errors, `${path}.service.name`, name, isDns1035Label(name));
    const port = recordAt(service, 'port');
    const portName = textAt(port, 'name');
    const number = numberAt(port, 'number') ?? 0;
    if (portName !== '' && number !== 0) errors.push(invalid(path, '', 'cannot set both port name & port number'));
    else if (portName !== '') addInvalid(errors, `${path}.service.port.name`, portName, isPortName(portName));
    else if (number !== 0) portNumber(errors, `${path}.service.port.number`, number);
    else errors.push(required(path, 'port name or number is required'));
  }
}

function validateReference(reference: Json, path: string, errors: Errors): void {
  const group = reference['apiGroup'];
  if (typeof group === 'string') addInvalid(errors, `${path}.apiGroup`, group, isDnsSubdomain(group));
  for (const key of ['kind', 'name']) {
    const text = requireText(errors, reference, key, path);
    if (text !== undefined) addInvalid(errors, `${path}.${key}`, text, isPathSegment(text));
  }
}

export function validateIngressClass(ingressClass: Json, errors: Errors): void {
  const spec = recordAt(ingressClass, 'spec');
  const controller = textAt(spec, 'controller');
  if (controller === '') errors.push(required('spec.controller'));
  else if (!controller.includes('/')) {
    errors.push(invalid('spec.controller', controller, 'must be a domain-prefixed path (such as "acme.io/foo")'));
  }
  const parameters = recordAt(spec, 'parameters');
  if (parameters === undefined) return;
  const path = 'spec.parameters';
  validateReference(parameters, path, errors);
  const namespace = parameters['namespace'];
  const scope = textAt(parameters, 'scope');
  if (scope !== 'Cluster' && scope !== 'Namespace') {
    errors.push(notSupported(`${path}.scope`, scope, ['Cluster', 'Namespace']));
  } else if (scope === 'Cluster' && namespace !== undefined) {
    errors.push(forbidden(`${path}.namespace`, "`parameters.scope` is set to 'Cluster'"));
  } else if (scope === 'Namespace') {
    if (typeof namespace !== 'string') {
      errors.push(required(`${path}.namespace`, "`parameters.scope` is set to 'Namespace'"));
    } else addInvalid(errors, `${path}.namespace`, namespace, isDnsLabel(namespace));
  }
}

export function validateNetworkPolicy(policy: Json, errors: Errors): void {
  const spec = recordAt(policy, 'spec') ?? {};
  validateSelector(recordAt(spec, 'podSelector'), 'spec.podSelector', errors);
  for (const [direction, peers] of [
    ['ingress', 'from'],
    ['egress', 'to'],
  ] as const) {
    eachAt(spec, direction, 'spec', (rule, at) => {
      eachAt(rule, 'ports', at, (port, where) => validatePolicyPort(port, where, errors));
      eachAt(rule, peers, at, (peer, where) => validatePeer(peer, where, errors));
    });
  }
  const types = listAt(spec, 'policyTypes');
  if (types.length > 2) errors.push(invalid('spec.policyTypes', types, 'may not specify more than two policyTypes'));
}

function validatePolicyPort(port: Json, path: string, errors: Errors): void {
  const value = port['port'];
  if (value !== undefined) portOrName(errors, `${path}.port`, value);
  const end = numberAt(port, 'endPort');
  if (end === undefined) return;
  if (typeof value !== 'number') {
    errors.push(
      value === undefined
        ? required(`${path}.port`, 'must be specified when `endPort` is specified')
        : invalid(`${path}.endPort`, end, 'may not be specified when `port` is non-numeric'),
    );
  } else if (end < value) {
    errors.push(invalid(`${path}.endPort`, value, 'must be greater than or equal to `port`'));
  }
}

function validatePeer(peer: Json, path: string, errors: Errors): void {
  const used = ['podSelector', 'namespaceSelector', 'ipBlock'].filter((key) => isRecord(peer[key]));
  validateSelector(recordAt(peer, 'podSelector'), `${path}.podSelector`, errors);
  validateSelector(recordAt(peer, 'namespaceSelector'), `${path}.namespaceSelector`, errors);
  const block = recordAt(peer, 'ipBlock');
  if (block !== undefined) {
    const cidr = requireText(errors, block, 'cidr', `${path}.ipBlock`);
    const fault = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';
    if (cidr !== undefined && !isCidr(cidr)) errors.push(invalid(`${path}.ipBlock.cidr`, cidr, fault));
    listAt(block, 'except').forEach((except, index) => {
      if (typeof except === 'string' && !isCidr(except)) {
        errors.push(invalid(`${path}.ipBlock.except[${index}]`, except, fault));
      }
    });
  }
  if (used.length === 0) errors.push(required(path, 'must specify a peer'));
  else if (block !== undefined && used.length > 1) {
    errors.push(forbidden(path, 'may not specify both ipBlock and another peer'));
  }
}
