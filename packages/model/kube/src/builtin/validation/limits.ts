import { compareQuantity, tryParseQuantity } from '../../quantity.ts';
import { duplicate, forbidden, invalid, required } from '../../schema/field-error.ts';
import { isQualifiedName } from './names.ts';
import { addInvalid, type Errors, eachAt, type Json, listAt, recordAt, textAt } from './report.ts';

export function validateLimitRange(range: Json, errors: Errors): void {
  const types = new Set<string>();
  eachAt(recordAt(range, 'spec'), 'limits', 'spec', (limit, at) => {
    const type = textAt(limit, 'type');
    addInvalid(errors, `${at}.type`, type, isQualifiedName(type));
    if (types.has(type)) errors.push(duplicate(`${at}.type`, type));
    types.add(type);
    if (type === 'Pod') {
      for (const key of ['default', 'defaultRequest']) {
        if (recordAt(limit, key) !== undefined) {
          errors.push(forbidden(`${at}.${key}`, "may not be specified when `type` is 'Pod'"));
        }
      }
    }
    if (type === 'PersistentVolumeClaim') {
      const bounded = ['min', 'max'].some((key) => recordAt(limit, key)?.['storage'] !== undefined);
      if (!bounded) {
        const fault = 'either minimum or maximum storage value is required, but neither was provided';
        errors.push(required(`${at}.limits`, fault));
      }
    }
    for (const rule of orders) compareBounds(limit, at, rule, errors);
  });
}

interface Order {
  readonly low: string;
  readonly high: string;
  readonly words: readonly [string, string];
  /** Which of the two the fault is told of, and whose value is shown. */
  readonly at: string;
  readonly shown: string;
}

const orders: readonly Order[] = [
  { low: 'min', high: 'max', words: ['min', 'max'], at: 'min', shown: 'min' },
  {
    low: 'min',
    high: 'defaultRequest',
    words: ['min', 'default request'],
    at: 'defaultRequest',
    shown: 'defaultRequest',
  },
  {
    low: 'defaultRequest',
    high: 'max',
    words: ['default request', 'max'],
    at: 'defaultRequest',
    shown: 'defaultRequest',
  },
  {
    low: 'defaultRequest',
    high: 'default',
    words: ['default request', 'default limit'],
    at: 'defaultRequest',
    shown: 'defaultRequest',
  },
  { low: 'min', high: 'default', words: ['min', 'default'], at: 'default', shown: 'min' },
  { low: 'default', high: 'max', words: ['default', 'max'], at: 'default', shown: 'max' },
];

function compareBounds(limit: Json, path: string, { low, high, words, at, shown }: Order, errors: Errors): void {
  const lows = recordAt(limit, low);
  const highs = recordAt(limit, high);
  for (const name in lows) {
    const from = lows[name];
    const to = highs?.[name];
    if (tryParseQuantity(from) === undefined || tryParseQuantity(to) === undefined) continue;
    if (compareQuantity(from as string, to as string) <= 0) continue;
    const value = shown === low ? from : shown === high ? to : recordAt(limit, shown)?.[name];
    const fault = `${words[0]} value ${String(from)} is greater than ${words[1]} value ${String(to)}`;
    errors.push(invalid(`${path}.${at}[${name}]`, value, fault));
  }
}

const standardQuotas = new Set([
  'cpu',
  'memory',
  'ephemeral-storage',
  'requests.cpu',
  'requests.memory',
  'requests.storage',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'persistentvolumeclaims',
  'configmaps',
  'services.nodeports',
  'services.loadbalancers',
]);
const scopes = new Set([
  'Terminating',
  'NotTerminating',
  'BestEffort',
  'NotBestEffort',
  'PriorityClass',
  'CrossNamespacePodAffinity',
  'VolumeAttributesClass',
]);

export function validateResourceQuota(quota: Json, errors: Errors): void {
  const spec = recordAt(quota, 'spec');
  const hard = recordAt(spec, 'hard');
  for (const name in hard) {
    const at = `spec.hard[${name}]`;
    addInvalid(errors, at, name, isQualifiedName(name));
    if (!name.includes('/') && !standardQuotas.has(name) && !/^(requests\.)?hugepages-/.test(name)) {
      errors.push(invalid(at, name, 'must be a standard resource for quota'));
    }
    const value = hard[name];
    if (tryParseQuantity(value) !== undefined && compareQuantity(value as string, 0) < 0) {
      errors.push(invalid(at, value, 'must be greater than or equal to 0'));
    }
  }
  const named = listAt(spec, 'scopes');
  for (const scope of named) {
    if (typeof scope === 'string' && !scopes.has(scope))
      errors.push(invalid('spec.scopes', named, 'unsupported scope'));
  }
  for (const [one, other] of [
    ['BestEffort', 'NotBestEffort'],
    ['Terminating', 'NotTerminating'],
  ]) {
    if (named.includes(one) && named.includes(other)) errors.push(invalid('spec.scopes', named, 'conflicting scopes'));
  }
}
