import type { KubeObject } from '@sekisho/kube';
import { age } from './age.ts';
import {
  AGE,
  at,
  countAt,
  integer,
  listAt,
  NAME,
  namesAt,
  numberAt,
  orNone,
  selectorText,
  text,
  textAt,
  wide,
} from './cells.ts';
import type { Column } from './column.ts';

/** Columns of the core, networking, storage and access kinds. */
export const RESOURCE_COLUMNS: Record<string, readonly Column[]> = {
  '/namespaces': [NAME, text('Status', (object) => textAt(object, 'status', 'phase')), AGE],
  '/nodes': [
    NAME,
    text('Status', nodeStatus),
    text('Roles', (object) => orNone(nodeRoles(object))),
    AGE,
    text('Version', (object) => textAt(object, 'status', 'nodeInfo', 'kubeletVersion')),
    wide('Internal-IP', (object) => nodeAddress(object, 'InternalIP')),
    wide('External-IP', (object) => nodeAddress(object, 'ExternalIP')),
    wide('OS-Image', (object) => textAt(object, 'status', 'nodeInfo', 'osImage') || '<unknown>'),
    wide('Kernel-Version', (object) => textAt(object, 'status', 'nodeInfo', 'kernelVersion') || '<unknown>'),
    wide(
      'Container-Runtime',
      (object) => textAt(object, 'status', 'nodeInfo', 'containerRuntimeVersion') || '<unknown>',
    ),
  ],
  '/services': [
    NAME,
    text('Type', (object) => textAt(object, 'spec', 'type')),
    text('Cluster-IP', (object) => orNone(textAt(object, 'spec', 'clusterIP'))),
    text('External-IP', externalAddress),
    text('Port(s)', (object) =>
      orNone(
        listAt(object, 'spec', 'ports')
          .map(
            (port) =>
              `${textAt(port, 'port')}${numberAt(port, 'nodePort') === 0 ? '' : `:${textAt(port, 'nodePort')}`}/${textAt(port, 'protocol')}`,
          )
          .join(','),
      ),
    ),
    AGE,
    wide('Selector', (object) => selectorText(at(object, 'spec', 'selector'))),
  ],
  '/endpoints': [
    NAME,
    text('Endpoints', (object) => {
      const all = listAt(object, 'subsets').flatMap((subset) => {
        const ports = listAt(subset, 'ports');
        return listAt(subset, 'addresses').flatMap((address) =>
          ports.length === 0
            ? [textAt(address, 'ip')]
            : ports.map((port) => `${textAt(address, 'ip')}:${textAt(port, 'port')}`),
        );
      });
      return orNone(shorten(all));
    }),
    AGE,
  ],
  'discovery.k8s.io/endpointslices': [
    NAME,
    text('AddressType', (object) => textAt(object, 'addressType')),
    text('Ports', (object) => {
      const ports = listAt(object, 'ports').map((port) => textAt(port, 'port'));
      return ports.length === 0 ? '<unset>' : shorten(ports);
    }),
    text('Endpoints', (object) => {
      const all = listAt(object, 'endpoints').flatMap((endpoint) => namesAt(endpoint, 'addresses'));
      return all.length === 0 ? '<unset>' : shorten(all);
    }),
    AGE,
  ],
  '/configmaps': [NAME, integer('Data', (object) => countAt(object, 'data') + countAt(object, 'binaryData')), AGE],
  '/secrets': [
    NAME,
    text('Type', (object) => textAt(object, 'type')),
    integer('Data', (object) => countAt(object, 'data')),
    AGE,
  ],
  '/serviceaccounts': [NAME, integer('Secrets', (object) => countAt(object, 'secrets')), AGE],
  '/persistentvolumeclaims': [
    NAME,
    text('Status', (object) =>
      object.metadata.deletionTimestamp === undefined ? textAt(object, 'status', 'phase') : 'Terminating',
    ),
    text('Volume', (object) => textAt(object, 'spec', 'volumeName')),
    text('Capacity', (object) => textAt(object, 'status', 'capacity', 'storage')),
    text('Access Modes', (object) => accessModes(namesAt(object, 'status', 'accessModes'))),
    text('StorageClass', (object) => textAt(object, 'spec', 'storageClassName')),
    text('VolumeAttributesClass', (object) => textAt(object, 'spec', 'volumeAttributesClassName') || '<unset>'),
    AGE,
    wide('VolumeMode', (object) => textAt(object, 'spec', 'volumeMode') || '<unset>'),
  ],
  '/persistentvolumes': [
    NAME,
    text('Capacity', (object) => textAt(object, 'spec', 'capacity', 'storage')),
    text('Access Modes', (object) => accessModes(namesAt(object, 'spec', 'accessModes'))),
    text('Reclaim Policy', (object) => textAt(object, 'spec', 'persistentVolumeReclaimPolicy')),
    text('Status', (object) =>
      object.metadata.deletionTimestamp === undefined ? textAt(object, 'status', 'phase') : 'Terminating',
    ),
    text('Claim', (object) => {
      const name = textAt(object, 'spec', 'claimRef', 'name');
      return name === '' ? '' : `${textAt(object, 'spec', 'claimRef', 'namespace')}/${name}`;
    }),
    text('StorageClass', (object) => textAt(object, 'spec', 'storageClassName')),
    text('VolumeAttributesClass', (object) => textAt(object, 'spec', 'volumeAttributesClassName') || '<unset>'),
    text('Reason', (object) => textAt(object, 'status', 'reason')),
    AGE,
    wide('VolumeMode', (object) => textAt(object, 'spec', 'volumeMode') || '<unset>'),
  ],
  '/events': [
    text('Last Seen', (event, now) => lastSeen(event, now)),
    text('Type', (event) => textAt(event, 'type')),
    text('Reason', (event) => textAt(event, 'reason')),
    text('Object', (event) => {
      const about = at(event, 'involvedObject') ?? at(event, 'regarding');
      return `${textAt(about, 'kind').toLowerCase()}/${textAt(about, 'name')}`;
    }),
    wide('Subobject', (event) => textAt(event, 'involvedObject', 'fieldPath')),
    wide('Source', (event) => {
      const component = textAt(event, 'source', 'component') || textAt(event, 'reportingComponent');
      const host = textAt(event, 'source', 'host') || textAt(event, 'reportingInstance');
      return host === '' ? component : `${component}, ${host}`;
    }),
    text('Message', (event) => (textAt(event, 'message') || textAt(event, 'note')).trim()),
    wide('First Seen', (event, now) => firstSeen(event, now)),
    wide('Count', (event) => String(numberAt(event, 'series', 'count') || numberAt(event, 'count') || 1)),
    { ...NAME, priority: 1 },
  ],
  '/resourcequotas': [
    NAME,
    text('Request', (object) => quotaText(object, (key) => !key.startsWith('limits.'))),
    text('Limit', (object) => quotaText(object, (key) => key.startsWith('limits.'))),
    AGE,
  ],
  '/limitranges': [NAME, text('Created At', (object) => object.metadata.creationTimestamp ?? '')],
  '/podtemplates': [
    NAME,
    text('Containers', (object) =>
      listAt(object, 'template', 'spec', 'containers')
        .map((one) => textAt(one, 'name'))
        .join(','),
    ),
    text('Images', (object) =>
      listAt(object, 'template', 'spec', 'containers')
        .map((one) => textAt(one, 'image'))
        .join(','),
    ),
    text('Pod Labels', (object) => selectorText(at(object, 'template', 'metadata', 'labels'))),
  ],
  '/componentstatuses': [NAME, text('Status', () => ''), text('Message', () => ''), text('Error', () => '')],
  'networking.k8s.io/ingresses': [
    NAME,
    text('Class', (object) => orNone(textAt(object, 'spec', 'ingressClassName'))),
    text('Hosts', (object) => {
      const hosts = listAt(object, 'spec', 'rules').map((rule) => textAt(rule, 'host') || '*');
      return hosts.length === 0
        ? '*'
        : hosts.length > 3
          ? `${hosts.slice(0, 3).join(',')} + ${hosts.length - 3} more...`
          : hosts.join(',');
    }),
    text('Address', (object) => balancerAddress(object)),
    text('Ports', (object) => (listAt(object, 'spec', 'tls').length > 0 ? '80, 443' : '80')),
    AGE,
  ],
  'networking.k8s.io/ingressclasses': [
    NAME,
    text('Controller', (object) => textAt(object, 'spec', 'controller')),
    text('Parameters', (object) => {
      const parameters = at(object, 'spec', 'parameters');
      if (parameters === undefined) return '<none>';
      const group = textAt(parameters, 'apiGroup');
      return `${textAt(parameters, 'kind')}${group === '' ? '' : `.${group}`}/${textAt(parameters, 'name')}`;
    }),
    AGE,
  ],
  'networking.k8s.io/networkpolicies': [
    NAME,
    text('Pod-Selector', (object) => selectorText(at(object, 'spec', 'podSelector'))),
    AGE,
  ],
  'networking.k8s.io/ipaddresses': [
    NAME,
    text('ParentRef', (object) => {
      const parent = at(object, 'spec', 'parentRef');
      return [textAt(parent, 'resource'), textAt(parent, 'namespace'), textAt(parent, 'name')]
        .filter((part) => part !== '')
        .join('/');
    }),
  ],
  'networking.k8s.io/servicecidrs': [NAME, text('CIDRs', (object) => namesAt(object, 'spec', 'cidrs').join(',')), AGE],
  'storage.k8s.io/storageclasses': [
    {
      ...NAME,
      cell: (object) =>
        object.metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true'
          ? `${object.metadata.name ?? ''} (default)`
          : (object.metadata.name ?? ''),
    },
    text('Provisioner', (object) => textAt(object, 'provisioner')),
    text('ReclaimPolicy', (object) => textAt(object, 'reclaimPolicy') || 'Delete'),
    text('VolumeBindingMode', (object) => textAt(object, 'volumeBindingMode') || 'Immediate'),
    {
      name: 'AllowVolumeExpansion',
      type: 'string',
      priority: 0,
      cell: (object) => at(object, 'allowVolumeExpansion') === true,
    },
    AGE,
  ],
  'scheduling.k8s.io/priorityclasses': [
    NAME,
    integer('Value', (object) => numberAt(object, 'value')),
    { name: 'Global-Default', type: 'boolean', priority: 0, cell: (object) => at(object, 'globalDefault') === true },
    AGE,
    text('PreemptionPolicy', (object) => textAt(object, 'preemptionPolicy'), 1),
  ],
  'rbac.authorization.k8s.io/roles': [NAME, text('Created At', (object) => object.metadata.creationTimestamp ?? '')],
  'rbac.authorization.k8s.io/clusterroles': [
    NAME,
    text('Created At', (object) => object.metadata.creationTimestamp ?? ''),
  ],
  'rbac.authorization.k8s.io/rolebindings': bindingColumns(),
  'rbac.authorization.k8s.io/clusterrolebindings': bindingColumns(),
  'coordination.k8s.io/leases': [NAME, text('Holder', (object) => textAt(object, 'spec', 'holderIdentity')), AGE],
  'certificates.k8s.io/certificatesigningrequests': [
    NAME,
    AGE,
    text('SignerName', (object) => orNone(textAt(object, 'spec', 'signerName'))),
    text('Requestor', (object) => textAt(object, 'spec', 'username')),
    text('RequestedDuration', (object) => textAt(object, 'spec', 'expirationSeconds') || '<none>'),
    text(
      'Condition',
      (object) =>
        listAt(object, 'status', 'conditions')
          .map((condition) => textAt(condition, 'type'))
          .join(',') || 'Pending',
    ),
  ],
  'apiextensions.k8s.io/customresourcedefinitions': [
    NAME,
    text('Created At', (object) => object.metadata.creationTimestamp ?? ''),
  ],
  'admissionregistration.k8s.io/mutatingwebhookconfigurations': [
    NAME,
    integer('Webhooks', (object) => countAt(object, 'webhooks')),
    AGE,
  ],
  'admissionregistration.k8s.io/validatingwebhookconfigurations': [
    NAME,
    integer('Webhooks', (object) => countAt(object, 'webhooks')),
    AGE,
  ],
  'admissionregistration.k8s.io/validatingadmissionpolicies': [
    NAME,
    integer('Validations', (object) => countAt(object, 'spec', 'validations')),
    text('ParamKind', (object) =>
      at(object, 'spec', 'paramKind') === undefined
        ? '<unset>'
        : `${textAt(object, 'spec', 'paramKind', 'apiVersion')}/${textAt(object, 'spec', 'paramKind', 'kind')}`,
    ),
    AGE,
  ],
  'node.k8s.io/runtimeclasses': [NAME, text('Handler', (object) => textAt(object, 'handler')), AGE],
};

function bindingColumns(): readonly Column[] {
  const subjects = (kind: string) => (object: KubeObject) =>
    listAt(object, 'subjects')
      .filter((subject) => subject['kind'] === kind)
      .map((subject) =>
        kind === 'ServiceAccount'
          ? `${textAt(subject, 'namespace')}/${textAt(subject, 'name')}`
          : textAt(subject, 'name'),
      )
      .join(', ');
  return [
    NAME,
    text('Role', (object) => `${textAt(object, 'roleRef', 'kind')}/${textAt(object, 'roleRef', 'name')}`),
    AGE,
    wide('Users', subjects('User')),
    wide('Groups', subjects('Group')),
    wide('ServiceAccounts', subjects('ServiceAccount')),
  ];
}

function shorten(items: readonly string[]): string {
  return items.length > 3 ? `${items.slice(0, 3).join(',')} + ${items.length - 3} more...` : items.join(',');
}

function nodeStatus(node: KubeObject): string {
  const ready = listAt(node, 'status', 'conditions').find((condition) => condition['type'] === 'Ready');
  const status = ready === undefined ? 'Unknown' : ready['status'] === 'True' ? 'Ready' : 'NotReady';
  return at(node, 'spec', 'unschedulable') === true ? `${status},SchedulingDisabled` : status;
}

function nodeRoles(node: KubeObject): string {
  const prefix = 'node-role.kubernetes.io/';
  const roles = Object.entries(node.metadata.labels ?? {}).flatMap(([key, value]) =>
    key.startsWith(prefix) ? [key.slice(prefix.length)] : key === 'kubernetes.io/role' && value !== '' ? [value] : [],
  );
  return [...new Set(roles)]
    .filter((role) => role !== '')
    .sort()
    .join(',');
}

function nodeAddress(node: KubeObject, type: string): string {
  const found = listAt(node, 'status', 'addresses').find((address) => address['type'] === type);
  return orNone(textAt(found, 'address'));
}

function balancerAddress(object: KubeObject): string {
  return listAt(object, 'status', 'loadBalancer', 'ingress')
    .map((one) => textAt(one, 'ip') || textAt(one, 'hostname'))
    .join(',');
}

function externalAddress(service: KubeObject): string {
  const external = namesAt(service, 'spec', 'externalIPs').join(',');
  switch (textAt(service, 'spec', 'type')) {
    case 'ExternalName':
      return textAt(service, 'spec', 'externalName');
    case 'LoadBalancer': {
      const addresses = [balancerAddress(service), external].filter((part) => part !== '').join(',');
      return addresses === '' ? '<pending>' : addresses;
    }
    default:
      return orNone(external);
  }
}

const SHORT_MODES: Record<string, string> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

function accessModes(modes: readonly string[]): string {
  return modes.map((mode) => SHORT_MODES[mode] ?? mode).join(',');
}

function lastSeen(event: KubeObject, now: number): string {
  const last =
    textAt(event, 'series', 'lastObservedTime') ||
    textAt(event, 'lastTimestamp') ||
    textAt(event, 'deprecatedLastTimestamp');
  return last === '' ? firstSeen(event, now) : age(last, now);
}

function firstSeen(event: KubeObject, now: number): string {
  const first =
    textAt(event, 'firstTimestamp') || textAt(event, 'deprecatedFirstTimestamp') || textAt(event, 'eventTime');
  return age(first === '' ? event.metadata.creationTimestamp : first, now);
}

function quotaText(quota: KubeObject, wanted: (key: string) => boolean): string {
  const hard = (at(quota, 'status', 'hard') ?? at(quota, 'spec', 'hard') ?? {}) as Record<string, unknown>;
  return Object.keys(hard)
    .filter(wanted)
    .sort()
    .map((key) => `${key}: ${textAt(quota, 'status', 'used', key) || '0'}/${String(hard[key])}`)
    .join(', ');
}
