import { compareQuantity } from '@sekisho/kube';
import type { Field } from '../../object/field.ts';
import { containersOf } from '../../object/pod-template.ts';
import { type Check, type Comment, defineCheck, grades, type Outcome, onContainer, outcomeOf } from '../check.ts';

type Resource = 'cpu' | 'memory';

const words: Readonly<Record<Resource, string>> = { cpu: 'CPU', memory: 'Memory' };

const containerResources = defineCheck({
  name: 'Container Resources',
  target: 'Pod',
  severity: 'high',
  why: 'Without requests the scheduler places pods blindly; without limits one container can starve its whole node.',
  fix: 'Set resources.requests and resources.limits for cpu and memory on every container.',
  run: ({ settings }, pod) => {
    const containers = containersOf(pod.spec);
    if (containers.length === 0) {
      return outcomeOf(grades.critical, [
        { path: '', summary: 'There are no containers', description: '', field: pod.spec.at('containers').path },
      ]);
    }
    const limits: Resource[] = [];
    if (!settings.ignoreContainerCpuLimit) limits.push('cpu');
    if (!settings.ignoreContainerMemoryLimit) limits.push('memory');
    const noLimit = containers.flatMap((container) => unset(container, 'limits', limits));
    const noRequest = containers.flatMap((container) => unset(container, 'requests', ['cpu', 'memory']));
    return outcomeOf(noLimit.length > 0 ? grades.critical : grades.warning, [...noLimit, ...noRequest]);
  },
});

function unset(container: Field, list: 'limits' | 'requests', resources: readonly Resource[]): Comment[] {
  const word = list === 'limits' ? 'limit' : 'request';
  return resources
    .map((resource) => [resource, container.at('resources', list, resource)] as const)
    .filter(([, field]) => amountOf(field) === '0')
    .map(([resource, field]) =>
      onContainer(container, field, `${words[resource]} ${word} is not set`, `Set resources.${list}.${resource}.`),
    );
}

/** The quantity as written; zero when there is none or it can't be read. */
function amountOf(field: Field): string | number {
  const value = field.text ?? field.number;
  if (value === undefined) return '0';
  try {
    return compareQuantity(value, '0') === 0 ? '0' : value;
  } catch {
    return '0';
  }
}

function differing(containers: readonly Field[], resource: Resource): Comment[] {
  return containers
    .filter((container) => {
      const resources = container.at('resources');
      return (
        compareQuantity(amountOf(resources.at('requests', resource)), amountOf(resources.at('limits', resource))) !== 0
      );
    })
    .map((container) =>
      onContainer(
        container,
        container.at('resources', 'requests', resource),
        `${words[resource]} request and limit are not the same`,
        `Set resources.requests.${resource} and resources.limits.${resource} to one value.`,
      ),
    );
}

function requestsEqualLimits(name: string, resources: readonly Resource[], what: string): Check {
  return defineCheck({
    name,
    target: 'Pod',
    optional: true,
    severity: 'low',
    why: `Where ${what} differ, a pod may use more than it was scheduled for and is the first to be throttled or evicted.`,
    fix: `Give ${what} the same value.`,
    run: (_context, pod): Outcome => {
      const containers = containersOf(pod.spec);
      return outcomeOf(
        grades.critical,
        resources.flatMap((resource) => differing(containers, resource)),
      );
    },
  });
}

const ephemeralStorage = defineCheck({
  name: 'Container Ephemeral Storage Request and Limit',
  target: 'Pod',
  severity: 'medium',
  why: "Logs and scratch files of one container can fill the node's disk and evict its neighbours.",
  fix: 'Set resources.requests and resources.limits for ephemeral-storage.',
  run: (_context, pod) => {
    const missing = (list: 'limits' | 'requests') =>
      containersOf(pod.spec)
        .filter((container) => amountOf(container.at('resources', list, 'ephemeral-storage')) === '0')
        .map((container) =>
          onContainer(
            container,
            container.at('resources', list, 'ephemeral-storage'),
            `Ephemeral storage ${list === 'limits' ? 'limit' : 'request'} is not set`,
            `Set resources.${list}.ephemeral-storage.`,
          ),
        );
    const noLimit = missing('limits');
    return outcomeOf(noLimit.length > 0 ? grades.critical : grades.warning, [...noLimit, ...missing('requests')]);
  },
});

const ephemeralStorageEqual = defineCheck({
  name: 'Container Ephemeral Storage Request Equals Limit',
  target: 'Pod',
  optional: true,
  severity: 'low',
  why: 'A pod that uses more scratch space than it requested is among the first to be evicted.',
  fix: 'Give resources.requests.ephemeral-storage and resources.limits.ephemeral-storage the same value.',
  run: (_context, pod) =>
    outcomeOf(
      grades.critical,
      containersOf(pod.spec)
        .filter((container) => {
          const request = amountOf(container.at('resources', 'requests', 'ephemeral-storage'));
          const limit = amountOf(container.at('resources', 'limits', 'ephemeral-storage'));
          return request !== '0' && limit !== '0' && compareQuantity(request, limit) !== 0;
        })
        .map((container) =>
          onContainer(
            container,
            container.at('resources', 'requests', 'ephemeral-storage'),
            'Ephemeral storage request and limit are not the same',
            'Set both to one value.',
          ),
        ),
    ),
});

export const resourceChecks: readonly Check[] = [
  containerResources,
  requestsEqualLimits('Container Resource Requests Equal Limits', ['cpu', 'memory'], 'requests and limits'),
  requestsEqualLimits('Container CPU Requests Equal Limits', ['cpu'], 'CPU request and limit'),
  requestsEqualLimits('Container Memory Requests Equal Limits', ['memory'], 'memory request and limit'),
  ephemeralStorage,
  ephemeralStorageEqual,
];
