import { formatOrigin } from '@sekisho/base';
import type { CheckResult, Finding } from '@sekisho/conftest';
import type { ApplicationVerdict } from '@sekisho/policy';
import { explanationText } from './explanation-text.ts';

/** What policies said. */
export interface AskedApplication {
  readonly verdicts: readonly ApplicationVerdict[];
  /** Files with objects that a policy is about and has nothing against. */
  readonly passed: readonly { readonly file: string; readonly policyId: string }[];
}

interface ExplainOptions {
  readonly explain?: boolean;
  readonly inMessage?: boolean;
}

/**
 * Verdicts in the shape of Conftest's results, for its outputs: a result per file and policy. What is waived is an exception,
 * what is only noted is skipped.
 *
 * @param options.explain  with explanations; inMessage: at the end of the message, too
 */
export function resultsOf(
  { verdicts, passed }: AskedApplication,
  options: ExplainOptions = {},
): readonly CheckResult[] {
  const results = new Map<string, Mutable>();
  const resultFor = (file: string, policyId: string): Mutable => {
    const key = JSON.stringify([file, policyId]);
    let result = results.get(key);
    if (result === undefined) {
      result = {
        fileName: file,
        namespace: policyId,
        successes: 0,
        failures: [],
        warnings: [],
        exceptions: [],
        skipped: [],
      };
      results.set(key, result);
    }
    return result;
  };
  for (const verdict of verdicts) {
    const result = resultFor(verdict.origin?.file ?? '', titleOf(verdict));
    result[LISTS[verdict.decision]].push(findingOf(verdict, options));
  }
  for (const { file, policyId } of passed) resultFor(file, policyId).successes++;
  return [...results.values()].sort(
    (a, b) => compare(a.fileName, b.fileName) || lineOf(a) - lineOf(b) || compare(a.namespace, b.namespace),
  );
}

type Lists = 'failures' | 'warnings' | 'exceptions' | 'skipped';
type Mutable = { -readonly [Key in keyof Omit<CheckResult, Lists>]: CheckResult[Key] } & Record<Lists, Finding[]>;

const LISTS: Readonly<Record<ApplicationVerdict['decision'], Lists>> = {
  deny: 'failures',
  warn: 'warnings',
  waived: 'exceptions',
  dryrun: 'skipped',
};

function findingOf(verdict: ApplicationVerdict, { explain = false, inMessage = false }: ExplainOptions): Finding {
  const { origin, decision, policy, object, explanation } = verdict;
  const name = object.namespace === '' ? object.name : `${object.namespace}/${object.name}`;
  const until = verdict.waiverExpires === undefined ? '' : ` until ${verdict.waiverExpires}`;
  const waiver = decision === 'waived' ? ` (waived by ${verdict.waivedBy}${until})` : '';
  const why = explain && inMessage && explanation !== undefined ? `\n${explanationText(explanation, verdict)}` : '';
  return {
    message: `${object.kind} ${name}: ${verdict.message}${waiver}${why}`,
    ...(origin === undefined ? {} : { location: placeOf(origin) }),
    metadata: {
      policy: verdict.policyId,
      ...(policy.rule === undefined ? {} : { rule: policy.rule }),
      ...(verdict.severity === undefined ? {} : { severity: verdict.severity }),
      object,
      ...(verdict.fields.length === 0 ? {} : { fields: verdict.fields }),
      ...(verdict.remediation === undefined ? {} : { remediation: verdict.remediation }),
      ...(policy.url === undefined ? {} : { url: policy.url }),
      ...(policy.origin === undefined ? {} : { policyOrigin: formatOrigin(policy.origin) }),
      ...(verdict.waivedBy === undefined ? {} : { waivedBy: verdict.waivedBy }),
      ...(verdict.undecided === undefined ? {} : { undecided: true }),
      ...(explain && explanation !== undefined ? { explanation } : {}),
    },
  };
}

/** One that asks many things goes by the rule that spoke. */
function titleOf({ policyId, policy: { kind, name, rule } }: ApplicationVerdict): string {
  return kind === 'best-practice' && rule !== undefined ? `${kind}/${name}/${rule}` : policyId;
}

function placeOf({ file, line, column }: { file: string; line?: number; column?: number }) {
  return { file, ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) };
}

function lineOf({ failures, warnings, exceptions, skipped }: Mutable): number {
  return [failures, warnings, exceptions, skipped].flat()[0]?.location?.line ?? Number.MAX_SAFE_INTEGER;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
