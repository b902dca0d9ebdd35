import { deepEqual, gvkOf, type KubeObject } from '@sekisho/kube';
import type { Field } from '../../object/field.ts';
import { containersOf } from '../../object/pod-template.ts';
import {
  allRight,
  type Check,
  type CheckContext,
  defineCheck,
  grades,
  onContainer,
  onField,
  outcomeOf,
  skipped,
} from '../check.ts';

// Summaries of this file that kube-score's own tests hold: tools compare them.
const podProbes = defineCheck({
  name: 'Pod Probes',
  target: 'Pod',
  severity: 'high',
  why: 'Without a readiness probe a Service sends requests to a pod that has not started yet, or is broken.',
  fix: 'Give the container that serves requests a readinessProbe that asks for what it needs to serve.',
  run: ({ root, namespace, set }, { metadata, spec }) => {
    const { group, kind } = gvkOf(root.value as KubeObject);
    if (group === 'batch' && (kind === 'Job' || kind === 'CronJob')) return allRight;
    const labels = metadata.at('labels').textMap;
    if (set.servicesOf(namespace, labels).length === 0) {
      return skipped('The pod is not targeted by a service, skipping probe checks.');
    }
    const containers = containersOf(spec);
    const missing = (probe: string) => containers.every((container) => !container.at(probe).isSet);
    if (missing('readinessProbe')) {
      return outcomeOf(grades.critical, [
        onField(
          spec.at('containers'),
          'Container is missing a readinessProbe',
          'Until it answers, a Service sends nothing to the pod, and a rollout waits for it.',
        ),
      ]);
    }
    if (missing('livenessProbe')) {
      return outcomeOf(grades.almostOk, [
        onField(
          spec.at('containers'),
          'Container is missing a livenessProbe',
          'It restarts a container that hangs. Only add one if a restart does help.',
        ),
      ]);
    }
    return allRight;
  },
});

const identical = defineCheck({
  name: 'Pod Probes Identical',
  target: 'Pod',
  severity: 'medium',
  why: 'A pod that is merely busy fails both probes at once and is restarted, which makes the load on the others worse.',
  fix: 'Let the liveness probe ask something cheaper and more patient, or leave it out.',
  run: (_context: CheckContext, { spec }) =>
    outcomeOf(
      grades.critical,
      containersOf(spec)
        .filter((container) => sameProbe(container.at('readinessProbe'), container.at('livenessProbe')))
        .slice(0, 1)
        .map((container) => ({
          ...onContainer(
            container,
            container.at('livenessProbe'),
            'Container has the same readiness and liveness probe',
            'A probe that decides about traffic should not decide about restarts as well.',
          ),
          path: '',
        })),
    ),
});

function sameProbe(readiness: Field, liveness: Field): boolean {
  const both = (...keys: string[]) => readiness.at(...keys).isSet && liveness.at(...keys).isSet;
  const same = (...keys: string[]) => deepEqual(readiness.at(...keys).value, liveness.at(...keys).value);
  if (both('httpGet') && same('httpGet', 'path') && same('httpGet', 'port')) return true;
  if (both('tcpSocket') && same('tcpSocket', 'port')) return true;
  return both('exec') && same('exec', 'command');
}

export const probeChecks: readonly Check[] = [podProbes, identical];
