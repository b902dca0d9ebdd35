import { expect, test } from 'vitest';
import { createFieldOrigins } from './field-origins.ts';

const deployment = `# what serves pages
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
        - name: proxy
          image: registry/proxy:1
        - name: web
          image: registry/web:1
          securityContext: {privileged: true}
`;

const object = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    template: {
      spec: {
        containers: [
          { name: 'proxy', image: 'registry/proxy:1' },
          { name: 'web', image: 'registry/web:1', securityContext: { privileged: true } },
        ],
      },
    },
  },
};

function originsIn(files: Readonly<Record<string, string>>) {
  return createFieldOrigins({
    read: async ({ file }) => files[file],
    others: ({ repo }) => Object.keys(files).map((file) => ({ file, ...(repo === undefined ? {} : { repo }) })),
  });
}

const place = ({ file, line, column }: { file: string; line?: number; column?: number }) => `${file}:${line}:${column}`;

test.each([
  ['a value', ['spec.template.spec.containers[name=web].securityContext.privileged'], 'web.yaml:14:29'],
  ['an item by its number', ['spec.template.spec.containers[0].image'], 'web.yaml:11:11'],
  [
    'a field that is missing: what should hold it',
    ['spec.template.spec.containers[name=proxy].resources'],
    'web.yaml:10:11',
  ],
  ['labels that are missing', ['metadata.labels.owner'], 'web.yaml:4:1'],
  [
    'the first field that is there',
    ['spec.replicas', 'spec.template.spec.containers[name=web].image'],
    'web.yaml:13:11',
  ],
  ['nothing that it has', ['other.field'], 'web.yaml:2:1'],
  ['no field', [], 'web.yaml:2:1'],
])('the line of %s', async (_, fields, expected) => {
  const origins = originsIn({ 'web.yaml': deployment });
  expect(place(await origins.originOf(object, { file: 'web.yaml', line: 2, column: 1 }, fields))).toBe(expected);
});

test('an object of several in a file, and of a list', async () => {
  const text = `apiVersion: v1
kind: ConfigMap
metadata: {name: first}
---
apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: ConfigMap
    metadata: {name: a}
  - apiVersion: v1
    kind: ConfigMap
    metadata: {name: b, labels: {x: y}}
`;
  const origins = originsIn({ 'all.yaml': text });
  const b = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b', labels: { x: 'y' } } };
  const found = await origins.originOf(b, { file: 'all.yaml', line: 11, column: 5 }, ['metadata.labels.x']);
  expect(place(found)).toBe('all.yaml:13:34');
});

test('a value that a patch of Kustomize sets is told by the patch', async () => {
  const patch = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - name: web
          securityContext:
            privileged: true
`;
  const base = deployment.replace('{privileged: true}', '{privileged: false}');
  const origins = originsIn({ 'base/web.yaml': base, 'overlay/patch.yaml': patch });
  const field = 'spec.template.spec.containers[name=web].securityContext.privileged';
  const prefixed = { ...object, metadata: { name: 'prod-web' } };
  const found = await origins.originOf(prefixed, { file: 'base/web.yaml', line: 2, column: 1 }, [field]);
  expect(place(found)).toBe('overlay/patch.yaml:10:13');
});

test.each([
  ['spec.template.spec.containers[name=web].securityContext.privileged', 12],
  ['spec.template.spec.containers[name=web].image', 10],
  ['metadata.labels.app', 4],
])('a line of a template: %s', async (field, line) => {
  const template = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  template:
    spec:
      containers:
        - name: web
          image: {{ .Values.image }}
          securityContext:
            privileged: {{ .Values.privileged }}
          {{- if .Values.resources }}
          resources: {{ toYaml .Values.resources | nindent 12 }}
          {{- end }}
`;
  const labelled = template.replace('  name: {{ .Release.Name }}', '  labels: {{ include "labels" . | nindent 4 }}');
  const rendered = {
    ...object,
    metadata: { labels: { app: 'web' }, name: 'web' },
    spec: { template: { spec: { containers: object.spec.template.spec.containers.slice(1) } } },
  };
  const origins = originsIn({ 'templates/web.yaml': field.startsWith('metadata') ? labelled : template });
  const found = await origins.originOf(rendered, { file: 'templates/web.yaml', line: 1 }, [field]);
  expect(found.line).toBe(line);
});

test.each([
  ['a file that is not there', undefined],
  ['a file that is no YAML', '{{{'],
  ['another document than it was', 'kind: Service\n'],
  ['nothing', ''],
])('%s: the place of the object', async (_, text) => {
  const origins = originsIn(text === undefined ? {} : { 'web.yaml': text });
  const found = await origins.originOf(object, { file: 'web.yaml', line: 2, column: 1 }, ['spec.template']);
  expect(place(found)).toBe('web.yaml:2:1');
});

test('the lines around a place, unless there may be secrets in the file', async () => {
  const secret = 'kind: Secret\nstringData:\n  password: hunter2\n---\n';
  const origins = originsIn({ 'web.yaml': deployment, 'both.yaml': secret + deployment });
  expect(await origins.excerptAt({ file: 'web.yaml', line: 2 })).toEqual({
    from: 1,
    lines: deployment.split('\n').slice(0, 6),
  });
  expect(await origins.excerptAt({ file: 'both.yaml', line: 7 })).toBeUndefined();
  expect(await origins.excerptAt({ file: 'none.yaml', line: 7 })).toBeUndefined();
});
