import type { Clock, Diagnostic } from '@sekisho/base';
import { gvkOf, type KubeObject } from '@sekisho/kube';
import {
  checkApplication,
  checkObject,
  describeWindow,
  type Project,
  type ProjectDestination,
  type WindowDecision,
  windowDecision,
} from '@sekisho/project';
import type { ApplicationCondition, SyncPlan } from '@sekisho/sync';
import type { Application } from '../applications/application.ts';
import { asRecord } from '../applications/as-record.ts';
import type { Destination, Destinations } from '../applications/destinations.ts';
import { type Orphan, orphanConditions, orphansIn } from './orphaned-resources.ts';
import type { ProjectBook } from './project-book.ts';

/** What the project of an application says to everything that is about to happen. */
export interface ProjectRules {
  /** All rules that it breaks, its operation's sources included; empty when it may be looked at and synced. */
  check(application: Application): readonly Diagnostic[];
  /** The same against a project that is not, or not yet, stored. */
  checkAgainst(project: Project, application: Application): readonly Diagnostic[];
  /** What the project asks for and this version doesn't do, and windows that never open. */
  notices(application: Application): readonly ApplicationCondition[];
  /** The destination without tracked objects that the project doesn't permit: nobody compares or deletes them. */
  restrict(application: Application, destination: Destination): Destination;
  /** The plan with an error for each object that the project doesn't permit; then nothing of it is carried out. */
  restrictPlan(application: Application, plan: SyncPlan, isNamespaced: IsNamespaced): SyncPlan;
  /** @param options startedAt: ms since 1970, of a sync that runs */
  windows(application: Application, options: { manual: boolean; startedAt?: number }): WindowDecision;
  /** Since when the project is what it is now, ms since 1970; undefined when there is none. */
  changedAt(application: Application): number | undefined;
  /** An annotation of its project. */
  annotation(application: Application, name: string): string | undefined;
  /** Objects in the application's namespace that no application made; undefined when the project does not ask. */
  orphans(
    application: Application,
    destination: Destination,
    isApplication: (instance: string) => boolean,
  ): { readonly orphans: readonly Orphan[]; readonly conditions: readonly ApplicationCondition[] } | undefined;
  /** Called with the name of a project whose rules may have changed. */
  onChange(listener: (name: string) => void): void;
}

export type IsNamespaced = (gvk: { group: string; version: string; kind: string }) => boolean | undefined;

export function createProjectRules(options: {
  book: ProjectBook;
  destinations: Pick<Destinations, 'identify'>;
  clock: Clock;
}): ProjectRules {
  const { book, destinations, clock } = options;

  function projectOf({ spec }: Application): Project | undefined {
    return book.get(spec.project)?.project;
  }

  function destinationOf({ spec }: Application): ProjectDestination {
    return { ...destinations.identify(spec.destination), namespace: spec.destination.namespace };
  }

  function checkAgainst(project: Project, application: Application): readonly Diagnostic[] {
    const { name, namespace } = application;
    const sources = [...application.sources, ...sourcesOfOperation(application)];
    return checkApplication(project, { name, namespace, sources, destination: destinationOf(application) });
  }

  return {
    check(application) {
      const { name, spec } = application;
      const entry = book.get(spec.project);
      if (entry === undefined) return [missing(name, spec.project)];
      return entry.project === undefined ? entry.diagnostics : checkAgainst(entry.project, application);
    },
    checkAgainst,
    annotation: ({ spec }, name) => book.get(spec.project)?.object.metadata.annotations?.[name],
    notices(application) {
      const project = projectOf(application);
      if (project === undefined) return [];
      const found: ApplicationCondition[] = [];
      if (project.destinationServiceAccounts.length > 0) {
        const message = `Project ${project.name} has destinationServiceAccounts, which are not used yet: everything is done with the rights of the cluster's own credentials.`;
        found.push({ type: 'UnsupportedFieldWarning', message });
      }
      const { relevant } = decide(project, application, { manual: false });
      for (const window of relevant.filter(({ times }) => !times.everOpens)) {
        const message = `The ${window.kind} window ${describeWindow(window)} of project ${project.name} never opens.`;
        found.push({ type: 'SyncWindowWarning', message });
      }
      return found;
    },
    restrict(application, destination) {
      const project = projectOf(application);
      if (project === undefined) return destination;
      const target = destinationOf(application);
      const { live } = destination;
      return {
        ...destination,
        live: {
          ...live,
          tracked: (instance) => live.tracked(instance).filter((object) => permits(project, object, target)),
        },
      };
    },
    restrictPlan(application, plan, isNamespaced) {
      const project = projectOf(application);
      if (project === undefined) return plan;
      const target = destinationOf(application);
      const denied: Diagnostic[] = [];
      for (const { kind, object, origin } of plan.tasks) {
        if (kind !== 'apply') continue;
        const fault = check(project, object, isNamespaced(gvkOf(object)), target);
        if (fault !== undefined) denied.push({ ...fault, ...(origin === undefined ? {} : { origin }) });
      }
      return denied.length === 0 ? plan : { ...plan, diagnostics: [...plan.diagnostics, ...denied] };
    },
    windows(application, how) {
      const project = projectOf(application);
      if (project === undefined) return { allowed: true, active: [], relevant: [] };
      return decide(project, application, how);
    },
    changedAt: ({ spec }) => book.get(spec.project)?.seenAt,
    orphans(application, destination, isApplication) {
      const project = projectOf(application);
      const { namespace } = application.spec.destination;
      if (project?.orphanedResources === undefined || namespace === '') return undefined;
      const target = destinationOf(application);
      const orphans = orphansIn(namespace, {
        project,
        destination,
        isApplication,
        permits: (object) => permits(project, object, target),
      });
      return { orphans, conditions: orphanConditions(orphans, project.orphanedResources) };
    },
    onChange: (listener) => book.onChange(listener),
  };

  function decide(project: Project, application: Application, how: { manual: boolean; startedAt?: number }) {
    const { name } = application;
    return windowDecision(
      project.syncWindows,
      { name, destination: destinationOf(application) },
      { ...how, now: clock.now() },
    );
  }
}

/** Whether a plan holds something that the project doesn't permit. */
export function isForbidden({ diagnostics }: SyncPlan): boolean {
  return diagnostics.some(({ severity, code }) => severity === 'error' && code.startsWith('PROJECT_'));
}

/** Whether an operation ended with the message of {@link isForbidden}. */
export function endedForbidden(message: string): boolean {
  return /is not permitted in project /.test(message);
}

/** The cluster says of a live object that it is namespaced by the namespace it is in. */
function permits(project: Project, object: KubeObject, destination: ProjectDestination): boolean {
  return check(project, object, object.metadata.namespace !== undefined, destination) === undefined;
}

function check(
  project: Project,
  object: KubeObject,
  isNamespaced: boolean | undefined,
  destination: ProjectDestination,
): Diagnostic | undefined {
  const { group, kind } = gvkOf(object);
  const { name = '', namespace = '' } = object.metadata;
  const namespaced = isNamespaced ?? namespace !== '';
  return checkObject(project, { group, kind, name, namespace, namespaced }, destination);
}

/** Sources that an operation brings along, for a sync of something that the spec doesn't name. */
function sourcesOfOperation({ operation }: Application): { repoURL: string }[] {
  const { source, sources } = asRecord(asRecord(operation)['sync']);
  return [source, ...(Array.isArray(sources) ? sources : [])].flatMap((item) => {
    const { repoURL } = asRecord(item);
    return typeof repoURL === 'string' ? [{ repoURL }] : [];
  });
}

function missing(application: string, project: string): Diagnostic {
  return {
    code: 'PROJECT_MISSING',
    severity: 'error',
    message: `application '${application}' references project ${project} which does not exist`,
    hint: `Make it (sekisho proj create ${project}), or set spec.project to another one.`,
  };
}
