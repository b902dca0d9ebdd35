import type { ClusterDecisionRequest, ClusterDecisions, JsonRecord } from '@sekisho/applicationset';
import { SekishoError } from '@sekisho/base';
import type { Discovery, KubeClient } from '@sekisho/client';
import {
  formatLabelSelector,
  type KubeObject,
  labelSelectorOf,
  parseApiVersion,
  type ResourceInfo,
} from '@sekisho/kube';
import { asRecord } from '../../applications/as-record.ts';
import type { ReferencedValues } from './referenced-values.ts';

const MAX_OBJECTS = 1000;
const DEFAULT_LIST_KEY = 'clusters';

interface DecisionOptions {
  readonly client: KubeClient;
  readonly discovery: Discovery;
  readonly namespace: string;
  readonly values: ReferencedValues;
  readonly signal: AbortSignal;
}

/**
 * Reads what some other controller decided, out of the status of its objects. The ConfigMap names their kind by its plural,
 * as Argo CD has it, or as it is.
 *
 * @throws SekishoError GENERATOR_REFERENCE | KUBE_*
 */
export async function readClusterDecisions(
  request: ClusterDecisionRequest,
  options: DecisionOptions,
): Promise<ClusterDecisions> {
  const settings = await options.values.configMap(request.configMap, options.signal);
  const { apiVersion = '', kind = '', statusListKey = '', matchKey = '' } = settings;
  if (matchKey === '') throw unreadable(`The ConfigMap ${request.configMap} has no matchKey.`);
  const type = await findType(options.discovery, apiVersion, kind);
  if (type === undefined) {
    throw unreadable(`The ConfigMap ${request.configMap} names a kind that is not served: ${apiVersion} ${kind}.`);
  }
  const objects = await readObjects(type, request, options);
  const listKey = statusListKey || DEFAULT_LIST_KEY;
  return { matchKey, decisions: objects.flatMap((object) => decisionsOf(object, listKey)) };
}

async function readObjects(
  type: ResourceInfo,
  { name, labelSelector = {} }: ClusterDecisionRequest,
  { client, namespace: control, signal }: DecisionOptions,
): Promise<readonly KubeObject[]> {
  const namespace = type.namespaced ? control : undefined;
  if (name !== undefined) return [await client.get(type, name, namespace, { signal })];
  const selector = formatLabelSelector(labelSelectorOf(labelSelector));
  const { items } = await client.list(type, { namespace, labelSelector: selector, signal });
  if (items.length === 0) throw unreadable(`There is no object of ${type.kind} with ${selector || 'any labels'}.`);
  if (items.length > MAX_OBJECTS) throw unreadable(`More than ${MAX_OBJECTS} objects of ${type.kind} match.`);
  return items;
}

function decisionsOf(object: KubeObject, listKey: string): readonly JsonRecord[] {
  const list = asRecord(object['status'])[listKey];
  // An object that was not decided about yet has none.
  if (list === undefined) return [];
  if (Array.isArray(list)) return list.map(asRecord);
  throw unreadable(`status.${listKey} of ${object.kind} ${object.metadata.name} is no list.`);
}

async function findType(discovery: Discovery, apiVersion: string, kind: string): Promise<ResourceInfo | undefined> {
  const { group, version } = parseApiVersion(apiVersion);
  const is = (info: ResourceInfo) =>
    info.group === group && info.version === version && (info.resource === kind.toLowerCase() || info.kind === kind);
  const known = (await discovery.all()).find(is);
  if (known !== undefined) return known;
  await discovery.refresh();
  return (await discovery.all()).find(is);
}

function unreadable(message: string): SekishoError {
  return new SekishoError('GENERATOR_REFERENCE', message);
}
