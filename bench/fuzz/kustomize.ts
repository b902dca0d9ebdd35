import { buildKustomization, type KustomizeLimits } from '@sekisho/kustomize';
import { memorySource } from '../../conformance/lib/memory-source.ts';
import type { Run } from '../shape.ts';
import { YAML_FRAGMENTS } from './lib/fragments.ts';
import { fuzz } from './lib/fuzz.ts';
import type { Random } from './lib/random.ts';

const FRAGMENTS = [
  ...YAML_FRAGMENTS,
  ...['resources: [r.yaml]\n', 'resources: [base]\n', 'components: [base]\n', 'namePrefix: p-\n', 'namespace: n\n'],
  ...[
    'commonLabels: {a: b}\n',
    'labels: [{pairs: {a: b}, includeSelectors: true}]\n',
    'images: [{name: "(a*)*b", newTag: x}]\n',
  ],
  ...[
    'patches: [{path: p.yaml}]\n',
    '  target: {kind: ".*", name: "(a|a)*$"}\n',
    'op: add',
    'op: move',
    'op: test',
    'path: /spec/-',
  ],
  ...[
    'path: /metadata/name',
    'path: ""',
    'from: /spec',
    'value: null',
    '$patch: delete',
    '$patch: replace',
    '$patch: x',
  ],
  ...[
    'replacements: [{source: {kind: A}, targets: [{select: {kind: A}, fieldPaths: [metadata.name]}]}]\n',
    'fieldPaths: ["a.*.[b=c].-"]',
  ],
  ...['options: {create: true, delimiter: "/", index: 99999999}', 'configMapGenerator: [{name: c, literals: [a=b]}]\n'],
  ...[
    'vars: [{name: V, objref: {kind: A, name: a, apiVersion: v1}}]\n',
    '$(V)',
    'buildMetadata: [transformerAnnotations]\n',
  ],
  ...[
    'configurations: [r.yaml]\n',
    'openapi: {path: r.yaml}\n',
    'crds: [r.yaml]\n',
    'transformers: [r.yaml]\n',
    'sortOptions: {order: fifo}\n',
  ],
  ...[
    'labelSelector: "a in (b"',
    'metadata: null',
    'annotations: null',
    'kind: Component\n',
    'apiVersion: builtin\n',
    'kind: PatchTransformer\n',
  ],
  ...[
    'apiVersion: apps/v1\nkind: Deployment\n',
    'items: [*a]',
    '0x7fffffffffffffff',
    '1e400',
    '[[[[[[[[',
    '{{{{{{{{',
    '../..',
    '/etc/passwd',
  ],
];

const RESOURCES = [
  'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, labels: {app: web}}\nspec: {replicas: 1, template: {spec: {containers: [{name: a, image: "nginx:1", env: [{name: A, value: "$(V)"}]}]}}}\n',
  'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}, {port: 80, protocol: UDP}], selector: {app: web}}\n---\napiVersion: v1\nkind: A\nmetadata: {name: a}\nspec: {}\n',
];
const PATCHES = [
  '- op: add\n  path: /spec/x\n  value: {a: [1]}\n- op: move\n  from: /spec/x\n  path: /spec/y\n- {op: test, path: /kind, value: A}\n',
  'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: a, $patch: delete}, {name: b}]}}}\n',
];
const LIMITS: KustomizeLimits = { maxNodes: 20_000, maxResources: 500, maxOutput: 200_000, maxKustomizations: 50 };

/**
 * No kustomization, patch or resource, however broken, does anything but build or give one fault with its file, within its limits;
 * and what was built reads as the same again.
 */
export const run: Run = (options) =>
  fuzz(options, 'kustomize', FRAGMENTS, async (text, random) => {
    const files = tree(text, random);
    const built = await buildKustomization(memorySource(files), '', { limits: LIMITS });
    if (({} as Record<string, unknown>)['polluted'] !== undefined) return 'Object.prototype was changed';
    const [fault] = built.diagnostics;
    if (fault !== undefined) return checkFault(fault, files);
    return built.text === '' ? undefined : checkRebuild(built.text);
  });

/** The input takes the place of one of the files. */
function tree(text: string, random: Random): Record<string, string> {
  const files: Record<string, string> = {
    'kustomization.yaml': KUSTOMIZATION,
    'base/kustomization.yaml': 'resources: [b.yaml]\n',
    'base/b.yaml': random.pick(RESOURCES).replaceAll('web', 'base'),
    'r.yaml': random.pick(RESOURCES),
    'p.yaml': random.pick(PATCHES),
  };
  files[random.pick(['kustomization.yaml', 'kustomization.yaml', 'base/kustomization.yaml', 'r.yaml', 'p.yaml'])] =
    text;
  return files;
}

const KUSTOMIZATION = `resources: [r.yaml, base]
namePrefix: p-
labels: [{pairs: {l: m}, includeSelectors: true}]
images: [{name: nginx, newTag: "2"}]
configMapGenerator: [{name: c, literals: [a=b]}]
patches: [{path: p.yaml, target: {kind: "Deployment|Service|A"}}]
vars: [{name: V, objref: {kind: A, name: a, apiVersion: v1}}]
`;

function checkFault(
  { code, message, origin }: { code: string; message: string; origin?: { file: string } },
  files: object,
) {
  if (!/^KUSTOMIZ/.test(code) || message === '') return `a fault without code or message: ${code} ${message}`;
  if (origin === undefined || origin.file === '') return `a fault without a file: ${message}`;
  return origin.file in files || message.includes('kustomization')
    ? undefined
    : `a fault in a file that is not there: ${origin.file}`;
}

/** What Kustomize writes is YAML that it reads as the same. */
async function checkRebuild(text: string): Promise<string | undefined> {
  const again = await buildKustomization(
    memorySource({ 'kustomization.yaml': 'resources: [all.yaml]\nsortOptions: {order: fifo}\n', 'all.yaml': text }),
    '',
    { limits: LIMITS },
  );
  const [fault] = again.diagnostics;
  if (fault !== undefined)
    return /already registered id/.test(fault.message)
      ? undefined
      : `the output is at fault: ${fault.message}\n${text}`;
  return again.text === text ? undefined : `the output reads as something else:\n${text}\n=====\n${again.text}`;
}
