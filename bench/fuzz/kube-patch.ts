import { isSekishoError, parseYamlDocuments } from '@sekisho/base';
import {
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMergePatch,
  builtinSchema,
  createThreeWayPatch,
  gvkOf,
  type KubeObject,
} from '@sekisho/kube';
import type { Run } from '../shape.ts';
import { YAML_FRAGMENTS } from './lib/fragments.ts';
import { fuzz } from './lib/fuzz.ts';
import type { Random } from './lib/random.ts';

const DIRECTIVES = [
  ...['$patch: delete\n', '$patch: replace\n', '$patch: merge\n', '$retainKeys: [a]\n', '$setElementOrder/ports: []\n'],
  ...['$deleteFromPrimitiveList/args: [a]\n', 'null', 'spec: null\n', 'op: ', 'path: /spec/', 'value: ', 'from: /'],
];

/** No patch, however broken, does anything but give a value or a coded error; and none changes what it was given. */
export const run: Run = (options) =>
  fuzz(options, 'yaml', [...YAML_FRAGMENTS, ...DIRECTIVES], (input, random) => {
    const objects = parseYamlDocuments(input, { file: 'fuzz.yaml' }).documents.map((document) => document.value);
    const [live, patch, third] = [
      random.pick([...objects, {}]),
      random.pick([...objects, [], null]),
      random.pick([...objects, {}]),
    ];
    const schema = isObject(live) ? builtinSchema(gvkOf(live)) : undefined;
    const before = JSON.stringify([live, patch, third]);
    const attempts: [string, () => unknown][] = [
      ['merge', () => applyMergePatch(live, patch)],
      ['json', () => applyJsonPatch(live, jsonPatch(patch, random))],
      ['strategic', () => applyStrategicMergePatch(schema, live, patch)],
      ['three-way', () => createThreeWayPatch(schema, live, patch, third)],
    ];
    for (const [name, attempt] of attempts) {
      try {
        JSON.stringify(attempt());
      } catch (error) {
        if (!isSekishoError(error)) return `${name}: ${error instanceof Error ? error.stack : error}`;
      }
      if (JSON.stringify([live, patch, third]) !== before) return `${name} changed its input`;
    }
    return undefined;
  });

function isObject(value: unknown): value is KubeObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    'apiVersion' in value &&
    typeof value.apiVersion === 'string' &&
    'kind' in value &&
    typeof value.kind === 'string'
  );
}

/** A patch of random operations whose values come from the fuzzed document. */
function jsonPatch(value: unknown, random: Random): unknown {
  const operations = ['add', 'remove', 'replace', 'move', 'copy', 'test', 'nonsense'];
  const paths = [
    '',
    '/',
    '/metadata',
    '/metadata/name',
    '/spec/ports/0',
    '/spec/ports/-',
    '/a~1b',
    '/~2',
    '/__proto__/x',
    'x',
  ];
  return Array.from({ length: 1 + random.below(3) }, () => ({
    op: random.pick(operations),
    path: random.pick(paths),
    from: random.pick(paths),
    value,
  }));
}
