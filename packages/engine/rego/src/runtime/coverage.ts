import type { Body, Expr, Module, Rule } from '../syntax/ast.ts';
import type { Location } from '../syntax/location.ts';

export interface FileCoverage {
  /** Rows of expressions and heads that were evaluated, and of those that weren't. */
  readonly covered: readonly number[];
  readonly notCovered: readonly number[];
  /** Percent of the rows. */
  readonly coverage: number;
}

/** Which rows of modules were evaluated, over any number of evaluations. */
export class Coverage {
  readonly #rows = new Map<string, Set<number>>();

  add({ file, row }: Location): void {
    const rows = this.#rows.get(file);
    if (rows === undefined) this.#rows.set(file, new Set([row]));
    else rows.add(row);
  }

  /** By file, of the modules alone. */
  report(modules: readonly Module[]): { readonly files: ReadonlyMap<string, FileCoverage>; readonly coverage: number } {
    const files = new Map<string, FileCoverage>();
    let covered = 0;
    let all = 0;
    for (const module of modules) {
      const seen = this.#rows.get(module.file) ?? new Set<number>();
      const rows = [...new Set(module.rules.flatMap(rowsOfRule))].sort((a, b) => a - b);
      const hit = rows.filter((row) => seen.has(row));
      files.set(module.file, {
        covered: hit,
        notCovered: rows.filter((row) => !seen.has(row)),
        coverage: percent(hit.length, rows.length),
      });
      covered += hit.length;
      all += rows.length;
    }
    return { files, coverage: percent(covered, all) };
  }
}

function percent(part: number, whole: number): number {
  return whole === 0 ? 100 : Math.round((part / whole) * 10_000) / 100;
}

function rowsOfRule(rule: Rule): number[] {
  if (rule.isDefault) return [];
  const rows = [rule.head.location.row];
  if (rule.generatedBody !== true) rows.push(...rowsOfBody(rule.body));
  return rule.else === undefined ? rows : [...rows, ...rowsOfRule(rule.else)];
}

function rowsOfBody(body: Body): number[] {
  return body.filter(isEvaluated).flatMap((expr) => {
    const inner = expr.what.kind === 'every' ? rowsOfBody(expr.what.body) : [];
    return [expr.location.row, ...inner];
  });
}

/** Declarations are gone when modules are compiled. */
function isEvaluated({ what, generated }: Expr): boolean {
  return generated !== true && !(what.kind === 'some' && what.symbols.every((symbol) => symbol.kind === 'var'));
}
