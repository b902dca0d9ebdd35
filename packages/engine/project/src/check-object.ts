import type { Diagnostic } from '@sekisho/base';
import { type ProjectDestination, permitsDestination } from './check-application.ts';
import type { KindRule, Project } from './project.ts';

/** What the rules of a project look at of an object. */
export interface CheckedObject {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  /** Whether its kind is namespaced; `namespace` counts only then. */
  readonly namespaced: boolean;
  readonly namespace: string;
}

/**
 * Whether a project's applications may have an object in a destination. Cluster-wide kinds must be listed; namespaced
 * ones only when there is a list, and their namespace must be a destination of the project, too.
 *
 * @param destination of the application; its namespace doesn't count
 * @returns code PROJECT_KIND_DENIED | PROJECT_DESTINATION_DENIED, with Argo CD's message; undefined when it may
 */
export function checkObject(
  project: Project,
  object: CheckedObject,
  destination: Omit<ProjectDestination, 'namespace'>,
): Diagnostic | undefined {
  const { group, kind, namespaced, namespace } = object;
  if (!permitsKind(project, object)) {
    return {
      code: 'PROJECT_KIND_DENIED',
      severity: 'error',
      message: `resource ${group}:${kind} is not permitted in project ${project.name}`,
      hint: namespaced
        ? 'See namespaceResourceWhitelist and namespaceResourceBlacklist of the project.'
        : 'Cluster-wide kinds must be in clusterResourceWhitelist of the project.',
    };
  }
  if (namespaced && !permitsDestination(project, { ...destination, namespace })) {
    return {
      code: 'PROJECT_DESTINATION_DENIED',
      severity: 'error',
      message: `namespace ${namespace} is not permitted in project '${project.name}'`,
      hint: 'Add it to spec.destinations of the project.',
    };
  }
  return undefined;
}

function permitsKind(project: Project, object: CheckedObject): boolean {
  if (object.namespaced) {
    const { namespaceResourceWhitelist: allowed, namespaceResourceBlacklist: denied } = project;
    return (allowed === undefined || isListed(allowed, object)) && !isListed(denied, object);
  }
  return isListed(project.clusterResourceWhitelist, object) && !isListed(project.clusterResourceBlacklist, object);
}

function isListed(rules: readonly KindRule[], { group, kind, name }: CheckedObject): boolean {
  return rules.some(
    (rule) =>
      rule.kind.matches(kind) && rule.group.matches(group) && (rule.name === undefined || rule.name.matches(name)),
  );
}
