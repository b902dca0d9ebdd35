import { loadChart, renderChart, type ValuesLayer } from '@sekisho/helm';
import { buildKustomization, type SourceEntry, type SourceFiles } from '@sekisho/kustomize';
import { NAMESPACE, type Workload } from './workload.ts';

/** What the real program prints, by our engines in this process, from files in memory. @throws Error where there is a fault */
export async function renderText(workload: Workload): Promise<string> {
  const files = sourceFiles(workload.files);
  const { text, diagnostics } =
    workload.tool === 'helm' ? await helmText(files, workload) : await buildKustomization(files, workload.path);
  const fault = diagnostics.find(({ severity }) => severity === 'error');
  if (fault !== undefined) throw new Error(`${workload.name}: ${fault.message}`);
  return text;
}

async function helmText(files: SourceFiles, { path, name, files: texts, valueFiles, parameters }: Workload) {
  const { chart, diagnostics } = await loadChart(files, path);
  if (chart === undefined) return { text: '', diagnostics };
  const values: ValuesLayer[] = [
    ...valueFiles.map((file) => ({ type: 'file' as const, file, text: texts[`${path}/${file}`] ?? '' })),
    ...parameters.map(({ name: key, value }) => ({ type: 'set' as const, expression: `${key}=${value}` })),
  ];
  return renderChart(chart, { releaseName: name, namespace: NAMESPACE, values });
}

function sourceFiles(files: Readonly<Record<string, string>>): SourceFiles {
  const folders = new Map<string, Map<string, SourceEntry>>([['', new Map()]]);
  for (const path of Object.keys(files)) {
    const parts = path.split('/');
    for (const [depth, name] of parts.entries()) {
      const folder = parts.slice(0, depth).join('/');
      const entries = folders.get(folder) ?? new Map<string, SourceEntry>();
      folders.set(folder, entries.set(name, { name, type: depth === parts.length - 1 ? 'file' : 'directory' }));
    }
  }
  return {
    read: async (path) => (Object.hasOwn(files, path) ? new TextEncoder().encode(files[path]) : undefined),
    list: async (path) => {
      const entries = folders.get(path);
      return entries === undefined ? undefined : [...entries.values()];
    },
  };
}
