import { duplicate, forbidden, invalid, notSupported, required } from '../../schema/field-error.ts';
import { isCidr } from '../../schema/formats.ts';
import { validateAppProtocol } from './app-protocol.ts';
import { ipFault, isIp } from './ip.ts';
import { validateLabels } from './metadata.ts';
import { isDnsLabel, isDnsSubdomain } from './names.ts';
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
  requireOneOf,
  textAt,
} from './report.ts';

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];

export function validateService(service: Json, errors: Errors): void {
  const spec = recordAt(service, 'spec') ?? {};
  const type = textAt(spec, 'type');
  const clusterIps = clusterIpsOf(spec);
  const headless = clusterIps[0] === 'None';
  if (type !== 'ExternalName' && !headless && listAt(spec, 'ports').length === 0) errors.push(required('spec.ports'));
  if (type === 'LoadBalancer' && headless) {
    errors.push(invalid('spec.clusterIPs[0]', clusterIps, "may not be set to 'None' for LoadBalancer services"));
  }
  if (type === 'NodePort' && headless) {
    errors.push(invalid('spec.clusterIPs[0]', clusterIps, "may not be set to 'None' for NodePort services"));
  }
  if (type === 'ExternalName') validateExternalName(spec, clusterIps, errors);
  else validateClusterIps(clusterIps, errors);
  validatePorts(spec, type, errors);
  validateLabels(recordAt(spec, 'selector'), 'spec.selector', errors);
  if (textAt(spec, 'sessionAffinity') === '') errors.push(required('spec.sessionAffinity'));
  const timeout = numberAt(recordAt(recordAt(spec, 'sessionAffinityConfig'), 'clientIP'), 'timeoutSeconds');
  if (timeout !== undefined && (timeout <= 0 || timeout > 86_400)) {
    const path = 'spec.sessionAffinityConfig.clientIP.timeoutSeconds';
    errors.push(invalid(path, timeout, 'must be greater than 0 and less than 86400'));
  }
  requireOneOf(errors, spec['type'], 'spec.type', types);
  listAt(spec, 'externalIPs').forEach((ip, index) => {
    if (typeof ip === 'string' && !isIp(ip)) errors.push(invalid(`spec.externalIPs[${index}]`, ip, ipFault));
  });
  listAt(spec, 'loadBalancerSourceRanges').forEach((range, index) => {
    if (typeof range === 'string' && !isCidr(range.trim())) {
      const fault = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';
      errors.push(invalid(`spec.loadBalancerSourceRanges[${index}]`, range, fault));
    }
  });
  const external = type === 'NodePort' || type === 'LoadBalancer';
  const policy = textAt(spec, 'externalTrafficPolicy');
  if (policy !== '' && !external && listAt(spec, 'externalIPs').length === 0) {
    errors.push(invalid('spec.externalTrafficPolicy', policy, 'may only be set for externally-accessible services'));
  }
  validateFamilies(spec, errors);
  validateHealthPort(spec, errors);
  if (spec['allocateLoadBalancerNodePorts'] !== undefined && type !== 'LoadBalancer') {
    errors.push(forbidden('spec.allocateLoadBalancerNodePorts', "may only be used when `type` is 'LoadBalancer'"));
  }
  if (spec['loadBalancerClass'] !== undefined && type !== 'LoadBalancer') {
    errors.push(forbidden('spec.loadBalancerClass', "may only be used when `type` is 'LoadBalancer'"));
  }
}

function validateFamilies(spec: Json, errors: Errors): void {
  const families = listAt(spec, 'ipFamilies');
  if (textAt(spec, 'type') === 'ExternalName') return;
  families.forEach((family, index) => {
    const at = `spec.ipFamilies[${index}]`;
    if (family !== 'IPv4' && family !== 'IPv6') errors.push(notSupported(at, family, ['IPv4', 'IPv6']));
    if (families.indexOf(family) < index) errors.push(duplicate(at, family));
  });
}

function validateHealthPort(spec: Json, errors: Errors): void {
  const port = numberAt(spec, 'healthCheckNodePort') ?? 0;
  if (port === 0) return;
  if (textAt(spec, 'type') === 'LoadBalancer' && textAt(spec, 'externalTrafficPolicy') === 'Local') {
    portNumber(errors, 'spec.healthCheckNodePort', port);
  } else {
    const fault = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    errors.push(invalid('spec.healthCheckNodePort', port, fault));
  }
}

function clusterIpsOf(spec: Json): readonly unknown[] {
  const list = listAt(spec, 'clusterIPs');
  if (list.length > 0) return list;
  const single = textAt(spec, 'clusterIP');
  return single === '' ? [] : [single];
}

function validateExternalName(spec: Json, clusterIps: readonly unknown[], errors: Errors): void {
  if (clusterIps.length > 0) {
    errors.push(forbidden('spec.clusterIPs', "may not be set when `type` is 'ExternalName'"));
  }
  const name = textAt(spec, 'externalName').replace(/\.$/, '');
  if (name === '') errors.push(required('spec.externalName'));
  else addInvalid(errors, 'spec.externalName', name, isDnsSubdomain(name));
}

function validateClusterIps(clusterIps: readonly unknown[], errors: Errors): void {
  clusterIps.forEach((ip, index) => {
    if (ip === 'None' && index === 0) {
      if (clusterIps.length > 1) {
        errors.push(invalid('spec.clusterIPs', clusterIps, "'None' must be the first and only value"));
      }
    } else if (typeof ip !== 'string' || !isIp(ip)) {
      errors.push(invalid(`spec.clusterIPs[${index}]`, ip, ipFault));
    }
  });
}

function validatePorts(spec: Json, type: string, errors: Errors): void {
  const ports = listAt(spec, 'ports');
  const names = new Set<string>();
  const seen = new Set<string>();
  eachAt(spec, 'ports', 'spec', (port, at) => {
    const name = textAt(port, 'name');
    if (name === '') {
      if (ports.length > 1) errors.push(required(`${at}.name`));
    } else {
      addInvalid(errors, `${at}.name`, name, isDnsLabel(name));
      if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
      names.add(name);
    }
    portNumber(errors, `${at}.port`, port['port']);
    const protocol = textAt(port, 'protocol');
    if (protocol === '') errors.push(required(`${at}.protocol`));
    else if (!['SCTP', 'TCP', 'UDP'].includes(protocol)) {
      errors.push(notSupported(`${at}.protocol`, protocol, ['SCTP', 'TCP', 'UDP']));
    }
    validateAppProtocol(port, at, errors);
    if (port['targetPort'] !== undefined) portOrName(errors, `${at}.targetPort`, port['targetPort']);
    const nodePort = numberAt(port, 'nodePort') ?? 0;
    if (nodePort !== 0 && type !== 'NodePort' && type !== 'LoadBalancer') {
      errors.push(forbidden(`${at}.nodePort`, `may not be used when \`type\` is '${type}'`));
    }
    const identity = `${protocol}/${String(port['port'])}`;
    if (seen.has(identity)) {
      errors.push(duplicate(at, { port: port['port'], protocol }));
    }
    seen.add(identity);
  });
}
