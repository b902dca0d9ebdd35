import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseYamlDocuments } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import { type KubesecFinding, type KubesecScore, kubesecRules, kubesecScore, ruleSubjectOf } from '@sekisho/policy';
import type { CaseResult, RunSuite } from '../suite.ts';

interface RuleCase {
  readonly id: string;
  readonly rule: string;
  readonly manifest: string;
  readonly want_matches: number;
}

interface FileCase {
  readonly id: string;
  readonly file: string;
  readonly want: {
    readonly score?: '>0' | '==0' | '<0';
    readonly message_contains?: string;
    readonly invalid_input?: boolean;
    readonly ordering?: string;
  };
}

/** kubesec's own tests: what each rule counts, and what whole files score. */
export const run: RunSuite = async ({ casesDir, signal }) => {
  const index: { rule_cases: RuleCase[]; file_cases: FileCase[] } = JSON.parse(
    await readFile(join(casesDir, 'index.json'), 'utf8'),
  );
  const results: CaseResult[] = [];
  for (const test of index.rule_cases) {
    const matches = matchesOf(test);
    const reason = `wanted ${test.want_matches} matches, got ${matches}`;
    results.push({ id: test.id, passed: matches === test.want_matches, reason });
  }
  for (const test of index.file_cases) {
    signal.throwIfAborted();
    const reason = differenceOf(
      test.want,
      scoresOf(await readFile(join(casesDir, 'files', test.file), 'utf8'), test.file),
    );
    results.push({ id: test.id, passed: reason === undefined, ...(reason === undefined ? {} : { reason }) });
  }
  return results;
};

function objectsOf(text: string, file: string): KubeObject[] {
  return parseYamlDocuments(text, { file }).documents.map(({ value }) => value as KubeObject);
}

function matchesOf({ rule: id, manifest }: RuleCase): number | string {
  const [object] = objectsOf(manifest, 'manifest');
  const rule = kubesecRules.find((candidate) => candidate.id === id);
  if (object === undefined || rule === undefined) return `no ${object === undefined ? 'object' : 'rule'}`;
  return rule.kinds.includes(object.kind)
    ? rule.matches(ruleSubjectOf(object)).length
    : 'a kind that the rule is not for';
}

function scoresOf(text: string, file: string): KubesecScore[] {
  return objectsOf(text, file).map(kubesecScore);
}

function differenceOf(want: FileCase['want'], scores: readonly KubesecScore[]): string | undefined {
  const [score] = scores;
  if (want.invalid_input === true) return score === undefined ? undefined : 'wanted no object at all';
  if (score === undefined) return 'got no object';
  const got = `got ${score.score}: ${score.message}`;
  const sign = score.score > 0 ? '>0' : score.score < 0 ? '<0' : '==0';
  if (want.score !== undefined && want.score !== sign) return `wanted ${want.score}, ${got}`;
  if (want.score !== undefined && !score.valid) return `wanted a valid object, ${got}`;
  if (want.message_contains !== undefined && !score.message.includes(want.message_contains)) {
    return `wanted ${JSON.stringify(want.message_contains)}, ${got}`;
  }
  if (want.ordering === undefined) return undefined;
  const ordered =
    isOrdered(score.critical, 1) &&
    isOrdered(score.passed, -1) &&
    isOrdered(score.advise, -1) &&
    score.advise.length > 0;
  return ordered ? undefined : `wanted ${want.ordering}`;
}

function isOrdered(findings: readonly KubesecFinding[], direction: 1 | -1): boolean {
  return findings.every((finding, index) => {
    const before = findings[index - 1];
    if (before === undefined) return true;
    const points = direction * (finding.rule.points - before.rule.points);
    return points > 0 || (points === 0 && finding.rule.selector > before.rule.selector);
  });
}
