import type { KubeObject } from '@sekisho/kube';

export const DEFAULT_PROJECT = 'default';

/** The project of Applications that name none: it permits everything, until somebody restricts it. */
export function defaultProject(namespace: string): KubeObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name: DEFAULT_PROJECT, namespace },
    spec: {
      sourceRepos: ['*'],
      destinations: [{ server: '*', namespace: '*' }],
      clusterResourceWhitelist: [{ group: '*', kind: '*' }],
    },
  };
}
