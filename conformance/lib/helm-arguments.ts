import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  inFlagOrder,
  loadChart,
  type RenderChartOptions,
  renderChart,
  type SourceFiles,
  type ValuesLayer,
} from '@sekisho/helm';

/** What a render prints: its manifests, or its error. */
export type Printed = string;

/**
 * Renders as `helm template RELEASE CHART FLAGS` in a folder.
 *
 * @param values text of a values file that comes before those of the flags
 */
export async function renderWithArguments(
  folder: string,
  chart: string,
  flags: readonly string[],
  values?: string,
): Promise<Printed> {
  const layers: ValuesLayer[] = values === undefined ? [] : [{ type: 'file', file: 'values.json', text: values }];
  const options: { -readonly [K in keyof RenderChartOptions]?: RenderChartOptions[K] } = {};
  for (let at = 0; at < flags.length; at++) {
    const flag = flags[at] ?? '';
    const value = () => flags[++at] ?? '';
    switch (flag) {
      case '--set':
      case '--set-string':
      case '--set-json':
      case '--set-literal':
        layers.push({ type: flag.slice(2) as 'set', expression: value() });
        break;
      case '--set-file': {
        const expression = value();
        layers.push({ type: 'set-file', expression, files: filesOf(folder, expression) });
        break;
      }
      case '-f': {
        const file = value();
        if (!isFile(join(folder, file))) return `Error: open ${file}: no such file or directory\n`;
        layers.push({ type: 'file', file, text: readFileSync(join(folder, file), 'utf8') });
        break;
      }
      case '-n':
        options.namespace = value();
        break;
      case '-s':
        options.showOnly = [...(options.showOnly ?? []), value()];
        break;
      case '-a':
        options.apiVersions = [...(options.apiVersions ?? []), ...value().split(',')];
        break;
      case '--kube-version':
        options.kubeVersion = value();
        break;
      case '--include-crds':
        options.includeCrds = true;
        break;
      case '--no-hooks':
        options.noHooks = true;
        break;
      case '--skip-tests':
        options.skipTests = true;
        break;
      case '--is-upgrade':
        options.isUpgrade = true;
        break;
      case '--render-subchart-notes':
        options.subchartNotes = true;
        break;
      case '--skip-schema-validation':
        options.skipSchemaValidation = true;
        break;
      default:
        throw new Error(`the suite knows no flag ${flag}`);
    }
  }
  const loaded = await loadChart(folderFiles(folder), chart);
  if (loaded.chart === undefined) return loaded.diagnostics.map(({ message }) => `Error: ${message}\n`).join('');
  const { text, diagnostics } = renderChart(loaded.chart, {
    releaseName: 'release',
    values: inFlagOrder(layers),
    ...options,
  });
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  return `${text}${errors.map(({ message }) => `Error: ${message}\n`).join('')}`;
}

function filesOf(folder: string, expression: string): Record<string, string> {
  const paths = expression.split(/[=,{}]/).filter((path) => path !== '' && isFile(join(folder, path)));
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(folder, path), 'utf8')]));
}

function folderFiles(folder: string): SourceFiles {
  return {
    async read(path) {
      const file = join(folder, path);
      return isFile(file) ? readFileSync(file) : undefined;
    },
    async list(path) {
      const file = join(folder, path);
      if (!existsSync(file) || !statSync(file).isDirectory()) return undefined;
      return readdirSync(file, { withFileTypes: true }).map((entry) => ({
        name: entry.name,
        type: entry.isDirectory() ? ('directory' as const) : ('file' as const),
      }));
    },
  };
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}
