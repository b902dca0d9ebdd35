import { type CheckResult, countResults, type Finding } from '../result.ts';
import type { ResultWriter } from './writer.ts';

const SCHEMA = 'https://raw.githubusercontent.com/oasis-tcs/sarif-spec/main/sarif-2.1/schema/sarif-schema-2.1.0.json';

interface Rule {
  readonly id: string;
  readonly shortDescription: { readonly text: string };
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** What a kind of result is in SARIF: the end of the rule's id, its description, the level of its results. */
const KINDS = {
  failure: { suffix: 'deny', description: 'Policy violation', level: 'error' },
  warning: { suffix: 'warn', description: 'Policy warning', level: 'warning' },
  exception: { suffix: 'allow', description: 'Policy exception', level: 'note' },
  skipped: { suffix: 'skip', description: 'Policy check was skipped', level: 'none' },
  success: { suffix: 'success', description: 'Policy was satisfied successfully', level: 'none' },
} as const;

type Kind = keyof typeof KINDS;

/** SARIF 2.1.0. @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html */
export const writeSarif: ResultWriter = (results, options) => {
  const log = new SarifLog();
  for (const result of results) log.add(result);
  const { failures, warnings } = countResults(results);
  const driver = { name: 'sekisho check', rules: log.rules, ...(options.version ? { version: options.version } : {}) };
  const invocation = {
    executionSuccessful: true,
    exitCode: failures > 0 ? 1 : 0,
    exitCodeDescription:
      failures > 0 ? 'Policy violations found' : warnings > 0 ? 'Policy warnings found' : 'No policy violations found',
  };
  const run = { tool: { driver }, invocations: [invocation], results: log.results, columnKind: 'utf16CodeUnits' };
  return `${JSON.stringify({ version: '2.1.0', $schema: SCHEMA, runs: [run] })}\n`;
};

class SarifLog {
  readonly rules: Rule[] = [];
  readonly results: unknown[] = [];
  readonly #indexes = new Map<string, number>();

  add(result: CheckResult): void {
    const { failures, warnings, exceptions, skipped, successes } = result;
    for (const finding of failures) this.#add('failure', result, finding);
    for (const finding of warnings) this.#add('warning', result, finding);
    for (const finding of exceptions) this.#add('exception', result, finding);
    if (failures.length + warnings.length > 0) return;
    // All that passed is one result.
    const kind: Kind | undefined = successes > 0 ? 'success' : exceptions.length > 0 ? undefined : 'skipped';
    if (kind !== undefined || skipped.length > 0) {
      const { description } = KINDS[kind ?? 'skipped'];
      this.#add(kind ?? 'skipped', result, { message: description, metadata: { description } });
    }
  }

  #add(kind: Kind, { fileName, namespace }: CheckResult, finding: Finding): void {
    const { suffix, description, level } = KINDS[kind];
    const ruleId = `${namespace}/${suffix}`;
    let ruleIndex = this.#indexes.get(ruleId);
    if (ruleIndex === undefined) {
      ruleIndex = this.rules.length;
      this.#indexes.set(ruleId, ruleIndex);
      const properties = finding.metadata === undefined ? {} : { properties: finding.metadata };
      this.rules.push({ id: ruleId, shortDescription: { text: description }, ...properties });
    }
    const { message, location, metadata } = finding;
    this.results.push({
      ruleId,
      ruleIndex,
      level,
      message: { text: message },
      locations: [{ physicalLocation: physicalLocation(fileName, location) }],
      ...(metadata === undefined || !(kind === 'failure' || kind === 'warning') ? {} : { properties: metadata }),
    });
  }
}

function physicalLocation(fileName: string, location: Finding['location']): unknown {
  const artifactLocation = { uri: encodeURI(location?.file ?? fileName) };
  const { line, column } = location ?? {};
  // SARIF's lines and columns begin at 1.
  if (line === undefined || !Number.isInteger(line) || line < 1) return { artifactLocation };
  const start = column === undefined ? {} : { startColumn: column };
  return { artifactLocation, region: { startLine: line, ...start, endLine: line } };
}
