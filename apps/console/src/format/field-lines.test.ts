import { expect, test } from 'vitest';
import { toFieldLines } from './field-lines.ts';

const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', labels: { app: 'web', 'app.kubernetes.io/name': 'web' }, annotations: {} },
  spec: {
    containers: [
      { name: 'init', command: ['sh', '-c', 'echo\nhello\n'], image: 'busybox' },
      { name: 'main', image: 'nginx', securityContext: { privileged: true } },
    ],
    hostNetwork: true,
  },
};

test.each([
  ['kind', 'kind: Pod'],
  ['metadata.labels', '  labels:'],
  ['metadata.labels["app.kubernetes.io/name"]', '    app.kubernetes.io/name: web'],
  ['metadata.labels[app.kubernetes.io/name]', '    app.kubernetes.io/name: web'],
  ['spec.containers', '  containers:'],
  ['spec.containers[0]', '    - name: init'],
  ['spec.containers[name=main]', '    - name: main'],
  ['spec.containers[name="main"].image', '      image: nginx'],
  ['spec.containers[0].image', '      image: busybox'],
  ['spec.containers[0].command[2]', '        - |'],
  ['spec.containers[1].securityContext.privileged', '        privileged: true'],
  ['spec.hostNetwork', '  hostNetwork: true'],
  // What is missing: what would hold it.
  ['spec.containers[1].resources.limits', '    - name: main'],
  ['spec.securityContext.runAsNonRoot', 'spec:'],
  ['metadata.annotations.owner', '  annotations: {}'],
])('%s stands at "%s"', (field, text) => {
  const { lines, line = 0 } = toFieldLines(POD, field);
  expect(lines[line - 1]).toBe(text);
});

test('a field that nothing holds has no line', () => {
  expect(toFieldLines(POD, 'data.key').line).toBeUndefined();
  expect(toFieldLines(POD, '').line).toBeUndefined();
  expect(toFieldLines(POD, '[').line).toBeUndefined();
  expect(toFieldLines(undefined, 'spec').line).toBeUndefined();
});
