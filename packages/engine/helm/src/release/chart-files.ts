import { parseGlob } from '@sekisho/base';
import { goFunction, type TemplateFunction, typed, type Value } from '@sekisho/gotemplate';
import type { ChartFile } from '../chart/chart.ts';
import { define } from '../values/layers.ts';

const decoder = new TextDecoder();

/** `.Files`: a map from path to bytes, with methods. @param toYaml the template function */
export function filesValue(files: readonly ChartFile[], toYaml: TemplateFunction): Value {
  const byName: Record<string, Uint8Array> = {};
  for (const { name, data } of files) define(byName, name, data);
  return withMethods(byName, toYaml);
}

function withMethods(files: Record<string, Uint8Array>, toYaml: TemplateFunction): Value {
  const get = (name: unknown) => (Object.hasOwn(files, String(name)) ? files[String(name)] : undefined);
  const text = (name: unknown) => decoder.decode(get(name));
  return typed(files, 'engine.files', {
    Get: goFunction(['string'], text),
    GetBytes: goFunction(['string'], (name) => get(name) ?? new Uint8Array()),
    Glob: goFunction(['string'], (pattern) => {
      // A pattern that is none matches everything, as in Helm.
      const glob = parseGlob(String(pattern), { separator: '/' }) ?? parseGlob('**');
      const found = Object.entries(files).filter(([name]) => glob?.matches(name) === true);
      return withMethods(Object.fromEntries(found), toYaml);
    }),
    Lines: goFunction(['string'], (name) => {
      const content = text(name);
      if (content === '') return typed([], '[]string');
      return typed((content.endsWith('\n') ? content.slice(0, -1) : content).split('\n'), '[]string');
    }),
    AsConfig: goFunction([], () => mapped(files, (data) => decoder.decode(data), toYaml)),
    AsSecrets: goFunction([], () => mapped(files, base64, toYaml)),
  });
}

/** Files of the same name in different folders: the last one counts. */
function mapped(
  files: Record<string, Uint8Array>,
  value: (data: Uint8Array) => string,
  toYaml: TemplateFunction,
): Value {
  const table: Record<string, unknown> = {};
  for (const name of Object.keys(files).sort())
    define(table, name.slice(name.lastIndexOf('/') + 1), value(files[name] ?? new Uint8Array()));
  return toYaml(typed(table, 'map[string]string'));
}

function base64(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
}
