import { allRight, type Check, defineCheck, grades, onField, outcomeOf } from '../check.ts';

interface Replacement {
  readonly apiVersion: string;
  /** Minor version of Kubernetes 1 that serves it first. */
  readonly since: number;
}

const apps: Replacement = { apiVersion: 'apps/v1', since: 9 };
const networking: Replacement = { apiVersion: 'networking.k8s.io/v1', since: 19 };
const autoscaling: Replacement = { apiVersion: 'autoscaling/v2', since: 23 };

/** Versions that went, or will go, by apiVersion and kind. */
const replacements: Readonly<Record<string, Readonly<Record<string, Replacement>>>> = {
  'extensions/v1beta1': {
    Deployment: apps,
    DaemonSet: apps,
    ReplicaSet: apps,
    Ingress: networking,
    IngressClass: networking,
    NetworkPolicy: { apiVersion: 'networking.k8s.io/v1', since: 7 },
  },
  'apps/v1beta1': { Deployment: apps, StatefulSet: apps },
  'apps/v1beta2': { Deployment: apps, StatefulSet: apps, DaemonSet: apps, ReplicaSet: apps },
  'batch/v1beta1': { CronJob: { apiVersion: 'batch/v1', since: 21 } },
  'policy/v1beta1': { PodDisruptionBudget: { apiVersion: 'policy/v1', since: 21 } },
  'networking.k8s.io/v1beta1': { Ingress: networking, IngressClass: networking },
  'autoscaling/v2beta1': { HorizontalPodAutoscaler: autoscaling },
  'autoscaling/v2beta2': { HorizontalPodAutoscaler: autoscaling },
};

const stable = defineCheck({
  name: 'Stable version',
  target: 'all',
  severity: 'medium',
  why: 'A version that is going away stops the next upgrade of the cluster.',
  fix: 'Write the apiVersion that replaced it, and whatever changed in its fields.',
  run: ({ root, settings }) => {
    const field = root.at('apiVersion');
    const kinds = Object.hasOwn(replacements, field.text ?? '') ? replacements[field.text ?? ''] : undefined;
    const kind = root.at('kind').text ?? '';
    const replacement = kinds !== undefined && Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
    if (replacement === undefined) return allRight;
    const [major, minor] = settings.kubernetesVersion;
    if (major < 1 || (major === 1 && minor < replacement.since)) return allRight;
    return outcomeOf(grades.warning, [
      onField(
        field,
        `${field.text} of ${kind} is deprecated`,
        `Use ${replacement.apiVersion}, which Kubernetes serves since 1.${replacement.since}.`,
      ),
    ]);
  },
});

export const versionChecks: readonly Check[] = [stable];
