// Writes docs/reference/best-practice.md out of the checks themselves. A test compares:
// `npx tsx --conditions=@sekisho/source tools/generate-best-practice-docs.ts` writes.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kubeScoreChecks, kubesecRules, podSecurityControls } from '@sekisho/policy';

export const bestPracticePath = 'docs/reference/best-practice.md';

type Row = readonly string[];

/** The page: a table of each family. */
export function bestPracticePage(): string {
  return `# Best practice

What is built in, by the id that verdicts, annotations and flags name. The page is made from the program.
A critical finding denies, any other warns, unless the profile says otherwise: \`denyFrom\` sets from which severity on a finding
denies, \`severities\` gives a check another severity, or \`off\`, by \`kube-score/ID\`, \`kubesec/ID\` or \`pod-security/ID\`.

## kube-score

\`sekisho score\`. Off by annotation: \`kube-score/ignore: ID,ID\` on the object or, for checks of pods, on its template (\`*\` is
every check; \`kube-score/skip: "true"\` does the same); checks that are off unless asked for are on with \`kube-score/enable: ID\` or
\`--enable-optional-test\`.

${table(
  ['id', 'of', 'severity', 'why', 'what to do'],
  kubeScoreChecks.map(({ id, target, optional, severity, why, fix }) => [
    `\`${id}\`${optional ? ' (optional)' : ''}`,
    target === 'all' ? 'everything' : target,
    severity,
    why,
    fix,
  ]),
)}

## kubesec

\`sekisho score --kubesec\`. Rules below zero are findings when something matches; the others give points.

${table(
  ['id', 'points', 'severity', 'why', 'what to do'],
  kubesecRules.map(({ id, points, severity, reason, fix }) => [
    `\`${id}\``,
    points > 0 ? `+${points}` : String(points).replace('-', '−'),
    severity,
    `${reason}.`,
    fix,
  ]),
)}

## Pod Security Standards

The level \`baseline\` asks for the first ones, \`restricted\` for all; one that replaces another is asked instead of it. Each asks what
its version of Kubernetes asks.

${table(
  ['id', 'level', 'since', 'severity', 'why', 'what to do'],
  podSecurityControls.map(({ id, level, versions, replaces, severity, why, fix }) => [
    `\`${id}\`${replaces === undefined ? '' : ` (replaces \`${replaces}\`)`}`,
    level,
    versions.map(({ since }) => `1.${since}`).join(', '),
    severity,
    why,
    fix,
  ]),
)}
`;
}

function table(head: Row, rows: readonly Row[]): string {
  const line = (cells: Row) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const script = fileURLToPath(import.meta.url);
if (process.argv[1] === script) writeFileSync(join(script, '../..', bestPracticePath), bestPracticePage());
