import type { PoolRenderOptions } from '@sekisho/render-pool';
import { NAMESPACE, type Workload } from './workload.ts';

/** What an Application of this workload says about its source. */
export function sourceOptions({ tool, name, path, valueFiles, parameters }: Workload): PoolRenderOptions {
  const release = { name, namespace: NAMESPACE };
  return { path, release, application: { name }, ...(tool === 'helm' ? { helm: { valueFiles, parameters } } : {}) };
}
