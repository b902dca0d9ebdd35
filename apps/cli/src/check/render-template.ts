import { createTemplateSet, type Value as TemplateValue } from '@sekisho/gotemplate';
import { toJson, type Value } from '@sekisho/rego';

const MAX_OUTPUT = 16 * 1024 * 1024;
const NAME = 'template';

/** Go templates for `strings.render_template`. Numbers are texts for them, as they are in OPA; what is not there is `<undefined>`. */
export function renderTemplate(template: string, values: Value): string {
  const set = createTemplateSet({ maxOutput: MAX_OUTPUT });
  const faults = set.add(NAME, template);
  const rendering = faults.length > 0 ? { diagnostics: faults } : set.render(NAME, withTextNumbers(values));
  if ('text' in rendering) return rendering.text.replaceAll('<no value>', '<undefined>');
  throw new Error(rendering.diagnostics.map(({ message }) => message).join('; '));
}

/** Quotes are put around what is a number in the JSON. */
function withTextNumbers(values: Value): TemplateValue {
  const text = toJson(values).replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (part) =>
    part.startsWith('"') ? part : `"${part}"`,
  );
  return JSON.parse(text) as TemplateValue;
}
