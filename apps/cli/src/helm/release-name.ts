import { randomBytes } from 'node:crypto';
import { createTemplateSet } from '@sekisho/gotemplate';
import { createFunctions } from '@sekisho/helm';
import { ChartFaultError, usageError } from './fault-report.ts';

export interface NameFlags {
  readonly generateName?: boolean;
  readonly nameTemplate?: string;
}

const USAGE = 'Usage:  helm template [NAME] [CHART] [flags]';
/** Helm's own for `template`, whether a name is to be generated or not. */
const DEFAULT_NAME = 'release-name';

/** `[NAME] CHART`. @throws SekishoError USAGE; ChartFaultError when the template of the name fails */
export function nameAndChart(
  words: readonly string[],
  { generateName, nameTemplate }: NameFlags,
): { readonly name: string; readonly chart: string } {
  const [first, second, ...more] = words;
  if (first === undefined) throw usageError(`"helm template" requires at least 1 argument\n\n${USAGE}`);
  if (more.length > 0) throw usageError(`expected at most two arguments, unexpected arguments: ${more.join(', ')}`);
  if (second === undefined) {
    return { name: nameTemplate === undefined ? DEFAULT_NAME : expand(nameTemplate), chart: first };
  }
  if (generateName === true) throw usageError('cannot set --generate-name and also specify a name');
  if (nameTemplate !== undefined) throw usageError('cannot set --name-template and also specify a name');
  return { name: first, chart: second };
}

const TEMPLATE = 'name-template';

function expand(template: string): string {
  const functions = createFunctions({
    now: () => BigInt(Date.now()) * 1_000_000n,
    random: (count) => randomBytes(count),
  });
  const set = createTemplateSet({ functions, maxOutput: 1_000 });
  const faults = set.add(TEMPLATE, template);
  const rendered = faults.length > 0 ? { diagnostics: faults } : set.render(TEMPLATE, null);
  if ('text' in rendered) return rendered.text;
  throw new ChartFaultError(rendered.diagnostics);
}
