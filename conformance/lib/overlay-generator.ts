import { createRandom, type Random } from '../../bench/fuzz/lib/random.ts';

type Fields = Record<string, unknown>;
type Texts = Readonly<Record<string, string>>;

/** Resources of a generated base: whole files of the shared ones, so that what they refer to may be missing. */
const RESOURCES = ['deployment.yaml', 'service.yaml', 'access.yaml', 'others.yaml', 'more.yaml'];

/**
 * A base, an overlay of it, and perhaps a component and a second base, made at random: the same number gives the same one.
 *
 * @param shared texts of the files that bases take resources from
 */
export function generateOverlay(number: number, shared: Texts): Record<string, string> {
  const random = createRandom(number + 1);
  const files: Record<string, string> = {};
  const write = (folder: string, fields: Fields) => {
    files[`${folder}/kustomization.yaml`] = `${JSON.stringify(fields, undefined, 1)}\n`;
  };
  const resources = RESOURCES.filter(() => random.below(3) > 0);
  if (resources.length === 0) resources.push('deployment.yaml');
  for (const name of resources) files[`base/${name}`] = shared[name] ?? '';
  write('base', { resources, ...someFields(random, 'base'), ...dataGenerators(random, false) });
  const bases = ['../base'];
  if (random.below(4) === 0) {
    files['other/x.yaml'] = OTHER;
    write('other', { resources: ['x.yaml'], ...someFields(random, 'other') });
    bases.push('../other');
  }
  let below = bases;
  if (random.below(3) === 0) {
    write('middle', { resources: bases, ...someFields(random, 'middle') });
    below = ['../middle'];
  }
  const components: Fields = {};
  if (random.below(4) === 0) {
    write('part', {
      apiVersion: 'kustomize.config.k8s.io/v1alpha1',
      kind: 'Component',
      ...someFields(random, 'part'),
    });
    components['components'] = ['../part'];
  }
  write('top', { resources: below, ...components, ...someFields(random, 'top'), ...dataGenerators(random, true) });
  return files;
}

const OTHER = `apiVersion: v1
kind: ConfigMap
metadata: {name: extra, labels: {app: web}}
data: {a: "1", url: "http://web.default.svc:80/x"}
---
apiVersion: v1
kind: Pod
metadata: {name: tool}
spec:
  containers:
  - {name: t, image: "registry.example.com/tools/t:1", envFrom: [{configMapRef: {name: extra}}]}
`;

type Make = (random: Random, where: string) => Fields;

/** One to four fields, each with one of some values. */
function someFields(random: Random, where: string): Fields {
  const fields: Fields = {};
  for (let count = random.below(4) + (where === 'top' ? 1 : 0); count > 0; count--) {
    Object.assign(fields, random.pick(FIELDS)(random, where));
  }
  return fields;
}

const FIELDS: readonly Make[] = [
  (_, where) => ({ namePrefix: `${where}-` }),
  (_, where) => ({ nameSuffix: `-${where}` }),
  (random) => ({ namespace: random.pick(['prod', 'default', 'team-a']) }),
  (random, where) => ({ commonLabels: random.pick([{ team: where }, { app: 'other', zone: 'a' }]) }),
  (random, where) => ({ labels: [labelsOf(random, where)] }),
  (_, where) => ({ labels: [{ pairs: { one: where } }, { pairs: { two: where }, includeSelectors: true }] }),
  (random, where) => ({ commonAnnotations: random.pick<Fields>([{ by: where }, { note: 'a: b # c', number: '1' }]) }),
  (random) => ({ images: imagesOf(random) }),
  (random) => ({ replicas: [{ name: random.pick(['web', 'web', 'sts']), count: random.below(9) }] }),
  (random) => ({ patches: patchesOf(random) }),
  (random) => ({ patches: patchesOf(random) }),
  (random) => ({ patches: patchesOf(random) }),
  (random) => ({ replacements: replacementsOf(random) }),
  (random) => ({ patchesStrategicMerge: [JSON.stringify(random.pick(MERGES))] }),
  (random) => ({
    patchesJson6902: [
      { target: { version: 'v1', kind: 'Service', name: 'web' }, patch: JSON.stringify(operationsOf(random)) },
    ],
  }),
  (random) => ({
    buildMetadata: random.pick([
      ['originAnnotations'],
      ['transformerAnnotations'],
      ['managedByLabel', 'originAnnotations', 'transformerAnnotations'],
    ]),
  }),
  (random) => ({
    sortOptions: random.pick<Fields>([
      { order: 'fifo' },
      { order: 'legacy' },
      { order: 'legacy', legacySortOptions: { orderFirst: ['Service', 'Foo'], orderLast: ['Deployment'] } },
    ]),
  }),
  (random) => ({ generatorOptions: random.pick(OPTIONS) }),
  (random) => ({ transformers: [JSON.stringify(random.pick(TRANSFORMERS))] }),
  () => ({
    vars: [
      { name: 'WEB', objref: { apiVersion: 'v1', kind: 'Service', name: 'web' } },
      {
        name: 'PORT',
        objref: { apiVersion: 'v1', kind: 'Service', name: 'web' },
        fieldref: { fieldpath: 'spec.ports[0].port' },
      },
    ],
  }),
];

function labelsOf(random: Random, where: string): Fields {
  return {
    pairs: { tier: where, 'example.com/x': 'y' },
    ...random.pick<Fields>([
      {},
      { includeSelectors: true },
      { includeTemplates: true },
      { includeSelectors: true, includeTemplates: true },
      { fields: [{ path: 'spec/labels', kind: 'Foo', create: true }] },
    ]),
  };
}

function imagesOf(random: Random): Fields[] {
  const name = random.pick(['nginx', 'busybox', 'reg.io:5000/a/b', 'registry.example.com/tools/t', 'missing']);
  return [
    {
      name,
      ...random.pick<Fields>([
        { newTag: 'v2' },
        { newName: 'other/name' },
        { newName: 'other.io:80/name', newTag: '3' },
        { digest: 'sha256:0123' },
        { newTag: 'a', digest: 'sha256:0123' },
        { tagSuffix: '-x' },
        {},
      ]),
    },
  ];
}

const OPTIONS: readonly Fields[] = [
  { disableNameSuffixHash: true },
  { labels: { made: 'yes' }, annotations: { note: 'x' } },
  { immutable: true },
];

function dataGenerators(random: Random, over: boolean): Fields {
  const fields: Fields = {};
  const behaviors = over ? ['merge', 'replace', undefined] : [undefined, undefined, 'create'];
  if (random.below(3) > 0) {
    const behavior = random.pick(behaviors);
    fields['configMapGenerator'] = [
      {
        name: over && behavior === undefined ? 'own' : 'cm',
        ...(behavior === undefined ? {} : { behavior }),
        literals: random.pick([['a=b'], ['a=c', 'd=1', 'e=x y'], ['b="q"', `long=${'word '.repeat(30)}`]]),
        ...(random.below(4) === 0 ? { options: random.pick(OPTIONS) } : {}),
      },
    ];
  }
  if (random.below(3) === 0) {
    fields['secretGenerator'] = [
      {
        name: over ? 'own' : 'sec',
        literals: ['k=v'],
        ...random.pick<Fields>([{}, { type: 'example.com/x' }, { namespace: 'prod' }]),
      },
    ];
  }
  return fields;
}

const CONTAINERS = '/spec/template/spec/containers';

function operationsOf(random: Random): Fields[] {
  return [
    random.pick<Fields>([
      { op: 'add', path: '/spec/x', value: { a: [1, 2.5, null, 'yes'] } },
      { op: 'add', path: '/metadata/labels/new', value: 'l' },
      { op: 'add', path: '/metadata/annotations/a~1b', value: 'n' },
      { op: 'replace', path: '/spec/ports/0/port', value: 8080 },
      { op: 'remove', path: '/spec/ports' },
      { op: 'copy', from: '/metadata/name', path: '/spec/copied' },
      { op: 'move', from: '/spec/selector', path: '/spec/moved' },
      { op: 'test', path: '/metadata/name', value: 'web' },
      { op: 'replace', path: '/metadata/name', value: 'renamed' },
      { op: 'add', path: `${CONTAINERS}/0/args`, value: ['$(WEB)', '--port=$(PORT)'] },
      { op: 'add', path: `${CONTAINERS}/-`, value: { name: 'last', image: 'nginx' } },
    ]),
  ];
}

const MERGES: readonly Fields[] = [
  { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { type: 'NodePort', selector: { app: null } } },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: { ports: [{ port: 80, name: 'http' }, { port: 81 }] },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', labels: { app: null }, annotations: { a: 'b' } },
    spec: {
      template: {
        spec: {
          containers: [
            { name: 'side', $patch: 'delete' },
            { name: 'web', args: ['$(WEB)'] },
            { name: 'n', image: 'nginx' },
          ],
        },
      },
    },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      template: {
        spec: {
          initContainers: [{ name: 'i', $patch: 'replace', image: 'x' }],
          volumes: [
            { name: 'v', configMap: null, emptyDir: {} },
            { name: 'w', secret: { secretName: 'sec' } },
          ],
          tolerations: [{ key: 'a' }],
          imagePullSecrets: [{ name: 'sec' }],
        },
      },
    },
  },
  { apiVersion: 'x/v1', kind: 'Foo', metadata: { name: 'foo' }, spec: { ref: { $patch: 'replace', kind: 'q' } } },
  { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'sts' }, $patch: 'delete' },
  { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'np' }, spec: { ingress: null } },
];

const TARGETS: readonly Fields[] = [
  { kind: 'Deployment' },
  { kind: 'Deploy.*|Stateful' },
  { name: 'w.b' },
  { kind: 'Service|ConfigMap', name: '.*' },
  { group: 'apps', version: 'v1' },
  { labelSelector: 'app=web' },
  { labelSelector: 'app in (web, x), team notin (b)' },
  { annotationSelector: 'by' },
  { namespace: 'prod|default', kind: 'Service' },
  { name: '^web$', kind: 'Service' },
];

function patchesOf(random: Random): Fields[] {
  return Array.from({ length: 1 + random.below(2) }, () =>
    random.below(2) === 0
      ? { patch: JSON.stringify(operationsOf(random)), target: random.pick(TARGETS) }
      : {
          patch: JSON.stringify(random.pick(MERGES)),
          ...(random.below(3) === 0 ? { target: random.pick(TARGETS) } : {}),
          ...(random.below(6) === 0
            ? { options: random.pick<Fields>([{ allowNameChange: true }, { allowKindChange: true }]) }
            : {}),
        },
  );
}

function replacementsOf(random: Random): Fields[] {
  const source = random.pick<Fields>([
    { kind: 'Service', name: 'web' },
    { kind: 'Service', name: 'web', fieldPath: 'spec.ports.0.port' },
    {
      kind: 'Deployment',
      fieldPath: `spec.template.spec.containers.[name=web].image`,
      options: { delimiter: ':', index: 1 },
    },
    { kind: 'Foo', fieldPath: 'spec.ref' },
  ]);
  const target = random.pick<Fields>([
    { select: { kind: 'Foo' }, fieldPaths: ['spec.ref.name', 'metadata.annotations.from'], options: { create: true } },
    {
      select: { kind: 'Deployment' },
      fieldPaths: ['spec.template.spec.containers.*.image'],
      options: { delimiter: ':', index: 1 },
    },
    { select: { kind: 'Deployment' }, fieldPaths: ['spec.template.spec.containers.[name=web].env.[name=A].value'] },
    {
      select: { kind: 'Ingress' },
      reject: [{ name: 'nope' }],
      fieldPaths: ['spec.rules.0.http.paths.*.backend.service.name'],
    },
    { select: { name: 'web' }, fieldPaths: ['metadata.labels.copied'], options: { create: true } },
  ]);
  return [{ source, targets: [target] }];
}

const TRANSFORMERS: readonly Fields[] = [
  {
    apiVersion: 'builtin',
    kind: 'NamespaceTransformer',
    metadata: { name: 'n', namespace: 'other' },
    setRoleBindingSubjects: 'allServiceAccounts',
    fieldSpecs: [{ path: 'metadata/name', kind: 'Namespace', create: true }],
  },
  {
    apiVersion: 'builtin',
    kind: 'PrefixTransformer',
    metadata: { name: 'p' },
    prefix: 'px-',
    fieldSpecs: [{ path: 'metadata/name' }],
  },
  {
    apiVersion: 'builtin',
    kind: 'LabelTransformer',
    metadata: { name: 'l' },
    labels: { q: 'r' },
    fieldSpecs: [{ path: 'metadata/labels', create: true }],
  },
  {
    apiVersion: 'builtin',
    kind: 'AnnotationsTransformer',
    metadata: { name: 'a' },
    annotations: { no: '1' },
    fieldSpecs: [{ path: 'metadata/annotations', create: true }],
  },
  {
    apiVersion: 'builtin',
    kind: 'PatchTransformer',
    metadata: { name: 'pt' },
    patch: '[{"op": "add", "path": "/spec/pp", "value": 1}]',
    target: { kind: 'Foo' },
  },
];
