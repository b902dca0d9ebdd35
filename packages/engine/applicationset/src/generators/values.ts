import { typed } from '@sekisho/gotemplate';
import type { Parameters } from '../spec/application-set.ts';
import type { GeneratorContext } from './generator.ts';

/** The parameters with `values`, whose texts may use the parameters, but not each other. */
export function withValues(
  params: Parameters,
  values: Readonly<Record<string, string>>,
  { renderer, scopeOf }: Pick<GeneratorContext, 'renderer' | 'scopeOf'>,
): Parameters {
  if (Object.keys(values).length === 0) return params;
  const scope = scopeOf(params);
  const rendered = Object.entries(values).map(([key, text]) => [key, renderer.text(text, scope)] as const);
  if (renderer.isGo) return { ...params, values: typed(Object.fromEntries(rendered), 'map[string]string') };
  return { ...params, ...Object.fromEntries(rendered.map(([key, text]) => [`values.${key}`, text])) };
}
