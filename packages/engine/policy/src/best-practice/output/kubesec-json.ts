import type { KubesecFinding, KubesecScore } from '../kubesec/score.ts';

/**
 * kubesec's JSON: one report per object.
 * @param reports  fileName: as the file was given; `STDIN` for standard input
 */
export function writeKubesecJson(
  reports: readonly { readonly score: KubesecScore; readonly fileName: string }[],
): string {
  const list = reports.map(({ score, fileName }) => ({
    object: score.object,
    valid: score.valid,
    fileName,
    message: score.message,
    score: score.score,
    scoring: {
      ...ruleList('critical', score.critical),
      ...ruleList('passed', score.passed),
      ...ruleList('advise', score.advise),
    },
  }));
  return `${JSON.stringify(list, null, 2)}\n`;
}

function ruleList(name: string, findings: readonly KubesecFinding[]): Readonly<Record<string, unknown>> {
  if (findings.length === 0) return {};
  return {
    [name]: findings.map(({ rule: { id, selector, reason, points } }) => ({ id, selector, reason, points })),
  };
}
