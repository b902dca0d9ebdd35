import type { ValuesLayer } from '@sekisho/helm';
import type { Substitute } from '../environment.ts';
import type { HelmSource } from './helm-source.ts';
import type { ValueFiles } from './value-files.ts';

/** Where values that stand in the Application itself are, for messages. */
export const INLINE_VALUES = 'helm.values';

/**
 * The values of a source, later ones win: files, then `valuesObject` or `values`, then parameters, those that are forced to be
 * strings, and files as parameters.
 *
 * @throws SourceFault of {@link ValueFiles}
 */
export async function valuesOf(source: HelmSource, files: ValueFiles, substitute: Substitute): Promise<ValuesLayer[]> {
  const { valueFiles = [], valuesObject, values = '', parameters = [], fileParameters = [] } = source;
  const layers: ValuesLayer[] = await files.layers(valueFiles, source.ignoreMissingValueFiles === true);
  if (valuesObject !== undefined) layers.push({ type: 'object', values: valuesObject });
  else if (values !== '') layers.push({ type: 'file', file: INLINE_VALUES, text: values });
  for (const forced of [false, true]) {
    for (const { name, value = '', forceString = false } of parameters) {
      if (forceString !== forced) continue;
      const expression = `${name}=${escapeCommas(substitute(value))}`;
      layers.push({ type: forced ? 'set-string' : 'set', expression });
    }
  }
  for (const [index, { name, path }] of fileParameters.entries()) {
    const text = (await files.text(files.locate(path))) ?? '';
    const key = `file${index}`;
    layers.push({ type: 'set-file', expression: `${name}=${key}`, files: { [key]: text } });
  }
  return layers;
}

/** A comma would begin the next parameter; inside of `{a,b}` it parts the items of a list. */
function escapeCommas(value: string): string {
  if (value.startsWith('{') && value.endsWith('}')) return value;
  return value.replace(/(?<!\\),/g, '\\,');
}
