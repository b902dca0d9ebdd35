import type { Diagnostic } from '@sekisho/base';
import { isPermitted, matchesAny } from './pattern.ts';
import type { Project } from './project.ts';
import { normalizeRepository } from './repository-address.ts';

/** A destination of an application, with everything known of its cluster. */
export interface ProjectDestination {
  readonly server?: string | undefined;
  readonly name?: string | undefined;
  readonly namespace: string;
  /** The project that the cluster's Secret belongs to, when it belongs to one. */
  readonly project?: string | undefined;
}

/** What the rules of a project look at of an application. */
export interface CheckedApplication {
  readonly name: string;
  readonly namespace: string;
  readonly sources: readonly { readonly repoURL: string }[];
  readonly destination: ProjectDestination;
}

/**
 * Which rules of its project an application breaks; empty when it may be synced.
 *
 * @returns one error per rule, codes PROJECT_NAMESPACE_DENIED | PROJECT_SOURCE_DENIED | PROJECT_DESTINATION_DENIED; the
 *   messages are Argo CD's
 */
export function checkApplication(project: Project, application: CheckedApplication): Diagnostic[] {
  const { name, namespace, sources, destination } = application;
  const found: Diagnostic[] = [];
  const deny = (code: string, message: string, hint: string) => {
    found.push({ code, severity: 'error', message, hint });
  };
  if (!permitsSourceNamespace(project, namespace)) {
    deny(
      'PROJECT_NAMESPACE_DENIED',
      `application '${name}' in namespace '${namespace}' is not permitted to use project '${project.name}'`,
      `Add the namespace to spec.sourceNamespaces of the project, or move the Application to ${project.namespace}.`,
    );
  }
  for (const repoURL of new Set(sources.map((source) => source.repoURL))) {
    if (permitsSource(project, repoURL)) continue;
    deny(
      'PROJECT_SOURCE_DENIED',
      `application repo ${repoURL} is not permitted in project '${project.name}'`,
      `spec.sourceRepos has: ${listing(project.sourceRepos.map(({ text }) => text))}.`,
    );
  }
  if (!permitsDestination(project, destination)) {
    deny(
      'PROJECT_DESTINATION_DENIED',
      `application destination ${describe(destination)} do not match any of the allowed destinations in project '${project.name}'`,
      project.destinations.length === 0
        ? 'The project has no destinations; add one to spec.destinations.'
        : `spec.destinations has: ${listing(project.destinations.map(describeRule))}.`,
    );
  } else if (!isScoped(project, destination)) {
    deny(
      'PROJECT_DESTINATION_DENIED',
      `application destination ${describe(destination)} is not scoped to project '${project.name}', which permits only its own clusters`,
      `Set project: ${project.name} in the cluster's Secret, or take permitOnlyProjectScopedClusters off.`,
    );
  }
  return found;
}

/** Whether Applications of a namespace may name the project. */
export function permitsSourceNamespace(project: Project, namespace: string): boolean {
  return namespace === project.namespace || matchesAny(project.sourceNamespaces, namespace);
}

export function permitsSource(project: Project, repoURL: string): boolean {
  return isPermitted(project.sourceRepos, normalizeRepository(repoURL));
}

/** As in Argo CD: one entry must say yes in all its parts, and none may forbid a part. */
export function permitsDestination({ destinations }: Project, destination: ProjectDestination): boolean {
  const { server = '', name = '', namespace } = destination;
  let permitted = false;
  for (const rule of destinations) {
    // Of a cluster that nobody knows the address is not known either; opening it will say so.
    const serverSays = server === '' ? rule.server.text === '*' : rule.server.matches(server) !== rule.server.deny;
    const nameSays = name !== '' && rule.name.matches(name) !== rule.name.deny;
    const namespaceSays = rule.namespace.matches(namespace) !== rule.namespace.deny;
    if ((serverSays || nameSays) && namespaceSays) permitted = true;
    else if ((rule.server.deny && !serverSays) || (rule.name.deny && !nameSays)) return false;
    else if (rule.namespace.deny && !namespaceSays) return false;
  }
  return permitted;
}

function isScoped(project: Project, destination: ProjectDestination): boolean {
  return !project.permitOnlyProjectScopedClusters || destination.project === project.name;
}

function describe({ server = '', name = '', namespace }: ProjectDestination): string {
  const cluster = server === '' ? `name '${name}'` : `server '${server}'`;
  return `${cluster} and namespace '${namespace}'`;
}

function describeRule({ server, name, namespace }: Project['destinations'][number]): string {
  return `${server.text === '' ? name.text : server.text} ${namespace.text}`.trim();
}

const SHOWN = 5;

function listing(texts: readonly string[]): string {
  if (texts.length === 0) return 'nothing';
  const more = texts.length > SHOWN ? ` and ${texts.length - SHOWN} more` : '';
  return `${texts.slice(0, SHOWN).join(', ')}${more}`;
}
