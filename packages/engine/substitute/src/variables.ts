import type { Diagnostic } from '@sekisho/base';

/** Flux's rule for names of variables. */
const NAME = /^[_A-Za-z][_A-Za-z0-9]*$/;

/** One place that variables come from, such as the data of a ConfigMap. */
export interface VariableSource {
  /** For messages: `spec.source.postBuild.substitute`, `ConfigMap team-a/cluster`. */
  readonly description: string;
  readonly values: Readonly<Record<string, string>>;
}

/**
 * The variables of several sources: later ones win. Line breaks in values are taken out, as Flux does, so that no value
 * can begin a line of its own in a manifest.
 *
 * @returns diagnostics SUBSTITUTE_INVALID_NAME
 */
export function collectVariables(sources: readonly VariableSource[]): {
  variables: ReadonlyMap<string, string>;
  diagnostics: readonly Diagnostic[];
} {
  const variables = new Map<string, string>();
  const diagnostics: Diagnostic[] = [];
  for (const { description, values } of sources) {
    for (const [name, value] of Object.entries(values)) {
      if (NAME.test(name)) variables.set(name, value.replaceAll('\n', ''));
      else {
        diagnostics.push({
          code: 'SUBSTITUTE_INVALID_NAME',
          severity: 'error',
          message: `${JSON.stringify(name)} in ${description} is no name of a variable`,
          hint: 'Letters, digits and _ make a name, and it starts with no digit.',
        });
      }
    }
  }
  return { variables, diagnostics };
}
