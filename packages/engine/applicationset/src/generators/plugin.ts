import { isMap } from '@sekisho/gotemplate';
import { flatten } from '../params/flatten.ts';
import type { JsonRecord } from '../sources.ts';
import type { GeneratorKind } from './generator.ts';
import { withValues } from './values.ts';

interface PluginSettings {
  readonly configMap: string;
  readonly parameters: JsonRecord;
  readonly values: Readonly<Record<string, string>>;
}

/** The parameter sets that a service of the user's answers with. */
export const plugin: GeneratorKind<PluginSettings> = {
  fields: ['configMapRef', 'input', 'requeueAfterSeconds', 'values'],
  requeueAfterSeconds: 1800,

  read(reader) {
    const configMap = reader.object('configMapRef')?.text('name') ?? '';
    if (configMap === '') reader.fault('configMapRef.name', 'is missing');
    return {
      configMap,
      parameters: reader.object('input')?.object('parameters')?.fields ?? {},
      values: reader.textMap('values'),
    };
  },

  async generate({ configMap, parameters, values }, context) {
    const { set, sources, options, renderer } = context;
    const answers = await sources.plugin({ configMap, parameters, applicationSet: set.name }, options);
    return answers
      .filter(isMap)
      .map((answer) =>
        withValues(
          { ...(renderer.isGo ? answer : flatten(answer)), generator: { input: { parameters } } },
          values,
          context,
        ),
      );
  },
};
