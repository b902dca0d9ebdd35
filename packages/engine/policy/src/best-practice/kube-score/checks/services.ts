import { allRight, type Check, defineCheck, grades, onField, outcomeOf } from '../check.ts';

const targetsPod = defineCheck({
  name: 'Service Targets Pod',
  target: 'Service',
  severity: 'high',
  why: 'A Service without pods refuses every connection.',
  fix: 'Make spec.selector equal to labels of the pods that are meant.',
  relational: true,
  run: ({ root, set }) => {
    if (root.at('spec', 'type').text === 'ExternalName') return allRight;
    if (set.selectsAnyPod(root.value)) return allRight;
    return outcomeOf(grades.critical, [
      onField(
        root.at('spec', 'selector'),
        'The Service selects no pod of its namespace',
        'Check labels and namespace.',
      ),
    ]);
  },
});

const type = defineCheck({
  name: 'Service Type',
  target: 'Service',
  severity: 'low',
  why: 'A node port is open on every node, past ingress, certificates and network policies.',
  fix: 'Use ClusterIP behind an Ingress, or LoadBalancer.',
  run: ({ root }) => {
    const field = root.at('spec', 'type');
    if (field.text !== 'NodePort') return allRight;
    return outcomeOf(grades.warning, [
      onField(field, 'The Service opens a port on every node', 'Prefer an Ingress or a load balancer.'),
    ]);
  },
});

export const serviceChecks: readonly Check[] = [targetsPod, type];
