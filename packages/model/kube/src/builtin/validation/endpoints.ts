import { duplicate, invalid, required } from '../../schema/field-error.ts';
import { isIPv4, isIPv6 } from '../../schema/ip-address.ts';
import { validateAppProtocol } from './app-protocol.ts';
import { ipFault, isIp } from './ip.ts';
import { isDnsLabel, isDnsSubdomain } from './names.ts';
import { addInvalid, type Errors, eachAt, type Json, listAt, portNumber, requireOneOf, textAt } from './report.ts';

export function validateEndpoints(endpoints: Json, errors: Errors): void {
  eachAt(endpoints, 'subsets', '', (subset, at) => {
    const path = at.slice(1);
    if (listAt(subset, 'addresses').length === 0 && listAt(subset, 'notReadyAddresses').length === 0) {
      errors.push(required(path, 'must specify `addresses` or `notReadyAddresses`'));
    }
    for (const key of ['addresses', 'notReadyAddresses']) {
      eachAt(subset, key, path, (address, where) => {
        const ip = textAt(address, 'ip');
        if (!isIp(ip)) {
          // Upstream looks twice.
          errors.push(invalid(`${where}.ip`, ip, ipFault), invalid(`${where}.ip`, ip, 'must be a valid IP address'));
        }
        const hostname = textAt(address, 'hostname');
        if (hostname !== '') addInvalid(errors, `${where}.hostname`, hostname, isDnsLabel(hostname));
        const node = address['nodeName'];
        if (typeof node === 'string') addInvalid(errors, `${where}.nodeName`, node, isDnsSubdomain(node));
      });
    }
    const several = listAt(subset, 'ports').length > 1;
    eachAt(subset, 'ports', path, (port, where) => {
      const name = textAt(port, 'name');
      if (name !== '') addInvalid(errors, `${where}.name`, name, isDnsLabel(name));
      else if (several) errors.push(required(`${where}.name`));
      portNumber(errors, `${where}.port`, port['port']);
      validateAppProtocol(port, where, errors);
    });
  });
}

export function validateEndpointSlice(slice: Json, errors: Errors): void {
  const type = textAt(slice, 'addressType');
  requireOneOf(errors, slice['addressType'], 'addressType', ['FQDN', 'IPv4', 'IPv6']);
  eachAt(slice, 'endpoints', '', (endpoint, at) => {
    const path = at.slice(1);
    const addresses = listAt(endpoint, 'addresses');
    if (addresses.length === 0) errors.push(required(`${path}.addresses`, 'must contain at least 1 address'));
    addresses.forEach((address, index) => {
      if (typeof address === 'string') validateAddress(type, address, `${path}.addresses`, index, errors);
    });
    const node = endpoint['nodeName'];
    if (typeof node === 'string') addInvalid(errors, `${path}.nodeName`, node, isDnsSubdomain(node));
    const hostname = endpoint['hostname'];
    if (typeof hostname === 'string') addInvalid(errors, `${path}.hostname`, hostname, isDnsLabel(hostname));
  });
  const names = new Set<string>();
  eachAt(slice, 'ports', '', (port, at) => {
    const path = at.slice(1);
    const name = textAt(port, 'name');
    if (name !== '') addInvalid(errors, `${path}.name`, name, isDnsLabel(name));
    if (names.has(name)) errors.push(duplicate(`${path}.name`, name));
    names.add(name);
    validateAppProtocol(port, path, errors);
  });
}

function validateAddress(type: string, address: string, path: string, index: number, errors: Errors): void {
  const at = `${path}[${index}]`;
  if (type === 'FQDN') addInvalid(errors, at, address, isDnsSubdomain(address));
  else if (!isIp(address)) errors.push(invalid(at, address, ipFault));
  else if (type === 'IPv4' && !isIPv4(address)) errors.push(invalid(path, address, 'must be an IPv4 address'));
  else if (type === 'IPv6' && !isIPv6(address)) errors.push(invalid(path, address, 'must be an IPv6 address'));
}
