import type { Coverage, Policy } from '@sekisho/rego';

/** Rows from one to another. */
interface RowRange {
  readonly start: { readonly row: number };
  readonly end: { readonly row: number };
}

interface FileReport {
  readonly covered?: readonly RowRange[];
  readonly not_covered?: readonly RowRange[];
  readonly covered_lines?: number;
  readonly not_covered_lines?: number;
  readonly coverage: number;
}

/** What `opa test --coverage` prints, by rows. */
export interface CoverageReport {
  readonly files: Readonly<Record<string, FileReport>>;
  readonly covered_lines: number;
  readonly not_covered_lines: number;
  readonly coverage: number;
}

/** By file, in the order of their names. */
export function coverageReport(coverage: Coverage, policy: Policy): CoverageReport {
  const { files } = coverage.report(policy.modules);
  const report: Record<string, FileReport> = {};
  let covered = 0;
  let all = 0;
  for (const [file, rows] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    covered += rows.covered.length;
    all += rows.covered.length + rows.notCovered.length;
    report[file] = {
      ...(rows.covered.length > 0 && { covered: rangesOf(rows.covered) }),
      ...(rows.notCovered.length > 0 && { not_covered: rangesOf(rows.notCovered) }),
      ...(rows.covered.length > 0 && { covered_lines: rows.covered.length }),
      ...(rows.notCovered.length > 0 && { not_covered_lines: rows.notCovered.length }),
      coverage: rows.coverage,
    };
  }
  const total = all === 0 ? 100 : Math.round((covered / all) * 10_000) / 100;
  return { files: report, covered_lines: covered, not_covered_lines: all - covered, coverage: total };
}

function rangesOf(rows: readonly number[]): RowRange[] {
  const ranges: { start: { row: number }; end: { row: number } }[] = [];
  for (const row of rows) {
    const last = ranges.at(-1);
    if (last?.end.row === row - 1) last.end.row = row;
    else ranges.push({ start: { row }, end: { row } });
  }
  return ranges;
}
