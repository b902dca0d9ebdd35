import type { Values } from '../chart/chart.ts';
import { isTable } from '../chart/yaml.ts';
import { coalesceTables, coalesceValues, copyTable, type Warn } from '../values/coalesce.ts';
import { valueAt } from './enable.ts';
import type { WorkingChart } from './working-chart.ts';

/** Copies what `import-values` names from the values of subcharts into those of their parents, which win. */
export function importValues(chart: WorkingChart, warn: Warn): void {
  for (const dependency of chart.dependencies) importValues(dependency, warn);
  const { metadata } = chart;
  if (metadata.dependencies.length === 0) return;
  const options = { warn: () => {}, keepNulls: true };
  const values = coalesceValues(chart, {}, options);
  let imported: Values = {};
  metadata.dependencies.forEach((dependency, index) => {
    const normal: unknown[] = [];
    for (const entry of dependency.importValues) {
      const rule = ruleOf(entry);
      if (rule === undefined) {
        normal.push(entry);
        continue;
      }
      normal.push({ child: rule.child, parent: rule.parent });
      const table = valueAt(values, `${dependency.name}.${rule.child}`);
      if (!isTable(table)) {
        warn(`ImportValues missing table from chart: chart=${dependency.name} error="${rule.child}" is not a table`);
        continue;
      }
      imported = coalesceTables(copyTable(imported), under(rule.parent, table), metadata.name, options);
    }
    if (normal.length > 0) {
      const dependencies = [...chart.metadata.dependencies];
      dependencies[index] = { ...dependency, importValues: normal };
      chart.metadata = { ...chart.metadata, dependencies };
    }
  });
  chart.values = coalesceTables(values, imported, metadata.name, options);
}

/** `data` stands for all of the subchart's `exports.data`. */
function ruleOf(entry: unknown): { child: string; parent: string } | undefined {
  if (typeof entry === 'string') return { child: `exports.${entry}`, parent: '.' };
  if (!isTable(entry) || typeof entry.child !== 'string' || typeof entry.parent !== 'string') return undefined;
  return { child: entry.child, parent: entry.parent };
}

function under(path: string, table: Values): Values {
  if (path === '.') return table;
  return path.split('.').reduceRight<Values>((inner, name) => ({ [name]: inner }), table);
}
