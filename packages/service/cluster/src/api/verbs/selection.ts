import { isSekishoError } from '@sekisho/base';
import { type KubeObject, matchesFields, matchesLabels, parseFieldSelector, parseLabelSelector } from '@sekisho/kube';
import type { Call } from '../call.ts';
import { badRequest } from '../status-error.ts';

/** What a list, watch or deletecollection is narrowed to. */
export interface Selection {
  /** Keys start with this. */
  readonly prefix: string;
  /** The one key that can match, when a field selector names it. */
  readonly key: string | undefined;
  /** Undefined when everything under the prefix matches. */
  readonly matches: ((object: KubeObject) => boolean) | undefined;
}

const ALWAYS = ['metadata.name', 'metadata.namespace'];

/** Field labels that upstream offers per built-in resource beyond name and namespace. */
const FIELD_LABELS: Record<string, readonly string[]> = {
  '/pods': [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.podIPs',
    'status.nominatedNodeName',
  ],
  '/nodes': ['spec.unschedulable'],
  '/namespaces': ['status.phase', 'name'],
  '/secrets': ['type'],
  '/services': ['spec.clusterIP', 'spec.type'],
  '/replicationcontrollers': ['status.replicas'],
  '/events': [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  'events.k8s.io/events': [
    'regarding.kind',
    'regarding.namespace',
    'regarding.name',
    'regarding.uid',
    'regarding.apiVersion',
    'regarding.resourceVersion',
    'regarding.fieldPath',
    'reason',
    'reportingController',
    'type',
  ],
  'apps/replicasets': ['status.replicas'],
  'batch/jobs': ['status.successful'],
  'certificates.k8s.io/certificatesigningrequests': ['spec.signerName'],
};

/**
 * Reads labelSelector and fieldSelector of a request.
 * @throws StatusError 400 for a selector that can't be parsed or names a field that can't be selected by
 */
export function selectionOf(call: Call, name?: string): Selection {
  const { info, custom } = call.resource;
  const prefix = call.namespace === undefined || !info.namespaced ? '' : `${call.namespace}/`;
  const labelText = call.query['labelSelector'] ?? '';
  let fieldText = call.query['fieldSelector'] ?? '';
  if (name !== undefined) fieldText = fieldText === '' ? `metadata.name=${name}` : `${fieldText},metadata.name=${name}`;
  if (labelText === '' && fieldText === '') return { prefix, key: undefined, matches: undefined };

  const labels = labelText === '' ? undefined : parsed(() => parseLabelSelector(labelText));
  const fields = fieldText === '' ? undefined : parsed(() => parseFieldSelector(fieldText));
  if (fields !== undefined) {
    const known = [
      ...ALWAYS,
      ...(FIELD_LABELS[`${info.group}/${info.resource}`] ?? []),
      ...(custom?.selectableFields ?? []),
    ];
    for (const label of fieldLabelsOf(fieldText)) {
      if (!known.includes(label)) throw badRequest(`field label not supported: ${label}`);
    }
  }
  const exact = /(?:^|,)metadata\.name==?([^,=!\\]+)(?:,|$)/.exec(fieldText)?.[1];
  const only = exact !== undefined && (prefix !== '' || !info.namespaced) ? prefix + exact : undefined;
  const { fromStorage } = call.resource;
  return {
    prefix,
    key: only,
    matches: (object) =>
      (labels === undefined || matchesLabels(labels, object.metadata.labels ?? {})) &&
      (fields === undefined || matchesFields(fields, fromStorage(object))),
  };
}

function fieldLabelsOf(text: string): string[] {
  return text
    .split(/(?<!\\),/)
    .filter((term) => term !== '')
    .map((term) => term.split(/!?=/)[0]?.trim() ?? '');
}

function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (isSekishoError(error)) throw badRequest(error.message);
    throw error;
  }
}
