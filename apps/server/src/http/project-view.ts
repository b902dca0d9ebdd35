import type { Diagnostic } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import type { Project } from '@sekisho/project';
import type { z } from 'zod';
import { parseApplication } from '../applications/application.ts';
import type { ProjectEntry } from '../projects/project-book.ts';
import type { ProjectRules } from '../projects/project-rules.ts';
import type { projectFault, projectRow, syncWindow } from './project-schemas.ts';
import type { windowState } from './schemas.ts';

/** An AppProject as lists show it. */
export function toProjectRow(
  { name, object, project, diagnostics }: ProjectEntry,
  applications: number,
): z.infer<typeof projectRow> {
  const { creationTimestamp, resourceVersion = '' } = object.metadata;
  return {
    name,
    description: project?.description ?? '',
    valid: project !== undefined,
    faults: diagnostics.map(toFault),
    sourceRepos: project?.sourceRepos.map(({ text }) => text) ?? [],
    destinations: (project?.destinations ?? []).map((rule) => ({
      server: rule.server.text,
      name: rule.name.text,
      namespace: rule.namespace.text,
    })),
    sourceNamespaces: project?.sourceNamespaces.map(({ text }) => text) ?? [],
    roles: project?.roles.map((role) => role.name) ?? [],
    windows: project?.syncWindows.length ?? 0,
    applications,
    ...(creationTimestamp === undefined ? {} : { createdAt: creationTimestamp }),
    resourceVersion,
  };
}

/** @param now ms since 1970 */
export function toWindows(project: Project | undefined, now: number): z.infer<typeof syncWindow>[] {
  return (project?.syncWindows ?? []).map((window, id) => {
    const { kind, schedule, duration, timeZone, description, manualSync, syncOverrun, andOperator } = window;
    const { open, changesAt } = window.times.stateAt(now);
    return {
      id,
      kind,
      schedule,
      duration,
      timeZone,
      description,
      applications: window.applications.map(({ text }) => text),
      namespaces: window.namespaces.map(({ text }) => text),
      clusters: window.clusters.map(({ text }) => text),
      manualSync,
      syncOverrun,
      andOperator,
      open,
      opens: window.times.everOpens,
      ...(changesAt === undefined ? {} : { changesAt: new Date(changesAt).toISOString() }),
    };
  });
}

/** What sync windows say to an Application now; undefined when none applies to it. */
export function windowStateOf(
  object: KubeObject,
  rules: ProjectRules,
  controlNamespace: string,
): z.infer<typeof windowState> | undefined {
  const parsed = parseApplication(object, controlNamespace);
  if (!('application' in parsed)) return undefined;
  const { allowed, reason, relevant, active, nextChangeAt } = rules.windows(parsed.application, { manual: false });
  if (relevant.length === 0) return undefined;
  return {
    allowed,
    manualAllowed: rules.windows(parsed.application, { manual: true }).allowed,
    ...(reason === undefined ? {} : { reason }),
    ...(nextChangeAt === undefined ? {} : { nextChangeAt: new Date(nextChangeAt).toISOString() }),
    active: active.map(({ kind, schedule, duration, timeZone, description }) => ({
      kind,
      schedule,
      duration,
      timeZone,
      description,
    })),
  };
}

export function toFault({ code, severity, message, hint }: Diagnostic): z.infer<typeof projectFault> {
  return { code, severity, message, ...(hint === undefined ? {} : { hint }) };
}
