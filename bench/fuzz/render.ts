import { memoryTree, render } from '@sekisho/render';
import type { Run } from '../shape.ts';
import { YAML_FRAGMENTS } from './lib/fragments.ts';
import { fuzz } from './lib/fuzz.ts';

/** Any files give manifests or diagnostics, and every manifest is an object with a name and an origin. */
export const run: Run = (options) =>
  fuzz(options, 'yaml', YAML_FRAGMENTS, async (input, random) => {
    const files = {
      'app/a.yaml': input,
      'app/b.json': new Uint8Array(Array.from({ length: random.below(50) }, () => random.below(256))),
      'app/c.yaml': { symlink: input.slice(0, random.below(20)) },
    };
    const path = random.pick(['app', '.', input.slice(0, 10)]);
    const include = random.pick([undefined, input.slice(0, 30), '{a*,b*}']);
    const { manifests, diagnostics } = await render(memoryTree(files), { path, directory: { recurse: true, include } });
    for (const { object, origin } of manifests) {
      const { name, generateName, labels = {}, annotations = {} } = object.metadata;
      if (!name && !generateName) return 'an object without a name';
      for (const value of [...Object.values(labels), ...Object.values(annotations)]) {
        if (typeof value !== 'string') return 'a label or annotation that is no string';
      }
      if ((origin.line ?? 0) < 1) return 'an origin without a line';
    }
    return diagnostics.some((fault) => fault.message === '') ? 'a diagnostic without a message' : undefined;
  });
