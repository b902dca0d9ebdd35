import type { ResourceType } from '@sekisho/client';

/** The kinds that the server itself reads and writes. */
export const APPLICATIONS: ResourceType = {
  group: 'argoproj.io',
  version: 'v1alpha1',
  resource: 'applications',
  kind: 'Application',
  namespaced: true,
};

export const APPLICATION_SETS: ResourceType = {
  group: 'argoproj.io',
  version: 'v1alpha1',
  resource: 'applicationsets',
  kind: 'ApplicationSet',
  namespaced: true,
};

export const APP_PROJECTS: ResourceType = {
  group: 'argoproj.io',
  version: 'v1alpha1',
  resource: 'appprojects',
  kind: 'AppProject',
  namespaced: true,
};

export const CUSTOM_RESOURCE_DEFINITIONS: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  resource: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};

export const NAMESPACES: ResourceType = core('namespaces', 'Namespace', false);
export const SECRETS: ResourceType = core('secrets', 'Secret', true);
export const CONFIG_MAPS: ResourceType = core('configmaps', 'ConfigMap', true);

function core(resource: string, kind: string, namespaced: boolean): ResourceType {
  return { group: '', version: 'v1', resource, kind, namespaced };
}
