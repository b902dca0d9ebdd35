// Renders all workloads, one after the other, from files in memory. A thread of its own runs the built code that users run, where
// the bench itself runs from source.
import { parentPort, workerData } from 'node:worker_threads';
import { loadChart, renderChart } from '@sekisho/helm';
import { buildKustomization } from '@sekisho/kustomize';

/** @param {import('./workload.ts').Workload} workload */
async function renderText({ tool, name, path, files, valueFiles, parameters }) {
  const source = sourceFiles(files);
  if (tool === 'kustomize') return textOf(name, await buildKustomization(source, path));
  const { chart, diagnostics } = await loadChart(source, path);
  if (chart === undefined) return textOf(name, { text: '', diagnostics });
  const values = [
    ...valueFiles.map((file) => ({ type: 'file', file, text: files[`${path}/${file}`] })),
    ...parameters.map(({ name: key, value }) => ({ type: 'set', expression: `${key}=${value}` })),
  ];
  return textOf(name, renderChart(chart, { releaseName: name, namespace: workerData.namespace, values }));
}

function textOf(name, { text, diagnostics }) {
  const fault = diagnostics.find(({ severity }) => severity === 'error');
  if (fault !== undefined) throw new Error(`${name}: ${fault.message}`);
  return text;
}

/** @param {Readonly<Record<string, string>>} files */
function sourceFiles(files) {
  const folders = new Map([['', new Map()]]);
  for (const path of Object.keys(files)) {
    const parts = path.split('/');
    for (const [depth, name] of parts.entries()) {
      const folder = parts.slice(0, depth).join('/');
      const entries = folders.get(folder) ?? new Map();
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

const outcomes = [];
for (const workload of workerData.workloads) {
  const begun = performance.now();
  const text = await renderText(workload);
  outcomes.push({ text, ms: performance.now() - begun });
}
parentPort.postMessage(outcomes);
