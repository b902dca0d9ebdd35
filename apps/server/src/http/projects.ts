import { type Clock, type Diagnostic, defined, formatOrigin, SekishoError } from '@sekisho/base';
import type { KubeClient } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import { DEFAULT_PROJECT, type ParsedProject, parseProject } from '@sekisho/project';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ApplicationIndex } from '../application-rows/application-index.ts';
import { parseApplication } from '../applications/application.ts';
import { APP_PROJECTS } from '../applications/kinds.ts';
import type { Audit } from '../audit/audit.ts';
import type { ProjectBook } from '../projects/project-book.ts';
import type { ProjectRules } from '../projects/project-rules.ts';
import { createTurns } from '../turns.ts';
import { visibleTo, withoutManagedFields } from './application-list.ts';
import { audited } from './application-operations.ts';
import { read } from './applications.ts';
import { newProject, projectChanged, projectDetail, projectRow, projectUpdate, syncWindow } from './project-schemas.ts';
import { toFault, toProjectRow, toWindows } from './project-view.ts';
import type { AccessControl, PermissionOnObject, RouteDocumentation } from './route.ts';
import type { Routes } from './server.ts';

const params = z.object({ name: z.string().max(253) });
const REQUEST_MS = 30_000;
/** How many applications an answer names. */
const NAMED = 1000;

/** AppProjects: what there is, what it means now, and changing it. What is stored is always readable. */
export function projectRoutes(options: {
  book: ProjectBook;
  rules: ProjectRules;
  index: ApplicationIndex;
  client: KubeClient;
  access: AccessControl;
  audit: Audit;
  clock: Clock;
  controlNamespace: string;
}): Routes {
  const { book, rules, index, client, access, audit, clock, controlNamespace: namespace } = options;

  const on = (action: string, api: Omit<RouteDocumentation, 'tag'>) => ({
    config: { permission: permissionTo(action, nameIn), api: { tag: 'projects', ...api } },
  });
  const create = permissionTo('create', (request) => read(newProject, request.body).metadata.name);

  return (server) => {
    server.get(
      '/api/v1/projects',
      {
        config: {
          permission: 'signed-in',
          api: {
            tag: 'projects',
            summary: 'Projects that the caller may see',
            response: z.object({ items: z.array(projectRow) }),
          },
        },
      },
      async (request) => {
        const counts = new Map<string, number>();
        for (const row of visibleRows(request)) counts.set(row.project, (counts.get(row.project) ?? 0) + 1);
        const items = book
          .list()
          .filter(({ name }) => access.authorize(request.actor, 'projects', 'get', name))
          .map((entry) => toProjectRow(entry, counts.get(entry.name) ?? 0));
        return { items };
      },
    );
    server.get(
      '/api/v1/projects/:name',
      on('get', { summary: 'One project, its applications and windows', response: projectDetail }),
      async (request) => {
        const name = nameIn(request);
        const object = await client.get(APP_PROJECTS, name, namespace, { signal: AbortSignal.timeout(REQUEST_MS) });
        const parsed = parseProject(object);
        const project = 'project' in parsed ? parsed.project : undefined;
        const applications = visibleRows(request)
          .filter((row) => row.project === name)
          .slice(0, NAMED)
          .map((row) => ({ namespace: row.namespace, name: row.name }));
        return {
          project: withoutManagedFields(object),
          valid: project !== undefined,
          faults: faultsOf(parsed).map(toFault),
          applications,
          windows: toWindows(project, clock.now()),
        };
      },
    );
    server.get(
      '/api/v1/projects/:name/windows',
      on('get', { summary: 'Its sync windows, open or not', response: z.object({ items: z.array(syncWindow) }) }),
      async (request) => {
        const signal = AbortSignal.timeout(REQUEST_MS);
        const parsed = parseProject(await client.get(APP_PROJECTS, nameIn(request), namespace, { signal }));
        return { items: toWindows('project' in parsed ? parsed.project : undefined, clock.now()) };
      },
    );
    server.post(
      '/api/v1/projects',
      {
        config: {
          permission: create,
          api: {
            tag: 'projects',
            summary: 'Make a project',
            body: newProject,
            response: projectChanged,
            status: 201,
          },
        },
      },
      async (request, reply) => {
        const { metadata, spec } = read(newProject, request.body);
        const object: KubeObject = {
          apiVersion: 'argoproj.io/v1alpha1',
          kind: 'AppProject',
          metadata: { ...metadata, namespace } as KubeObject['metadata'],
          spec,
        };
        const parsed = accepted(object);
        const signal = AbortSignal.timeout(REQUEST_MS);
        const stored = await audited(audit, request, entryFor('project.create', metadata.name, { spec }), () =>
          client.create(APP_PROJECTS, object, { signal }),
        );
        reply.code(201);
        return answer(request, stored, parsed);
      },
    );
    server.put(
      '/api/v1/projects/:name',
      on('update', { summary: 'Replace its rules', body: projectUpdate, response: projectChanged }),
      async (request) => {
        const name = nameIn(request);
        const { spec, metadata = {} } = read(projectUpdate, request.body);
        const signal = AbortSignal.timeout(REQUEST_MS);
        const before = await client.get(APP_PROJECTS, name, namespace, { signal });
        const object: KubeObject = {
          ...before,
          metadata: { ...before.metadata, ...defined(metadata) },
          spec,
        };
        const parsed = accepted(object);
        const details = { spec, before: before['spec'] };
        const stored = await audited(audit, request, entryFor('project.update', name, details), () =>
          client.update(APP_PROJECTS, object, { signal }),
        );
        return answer(request, stored, parsed);
      },
    );
    server.delete(
      '/api/v1/projects/:name',
      on('delete', {
        summary: 'Delete it; 409 while applications use it',
        response: z.object({ name: z.string() }),
      }),
      async (request) => {
        const name = nameIn(request);
        const signal = AbortSignal.timeout(REQUEST_MS);
        if (name === DEFAULT_PROJECT) {
          throw conflict('PROJECT_IS_DEFAULT', 'The default project can not be deleted; it can be restricted.');
        }
        // Counts those that the caller may not see, too.
        const users = [...index.rows()].filter((row) => row.project === name);
        const { uid } = (await client.get(APP_PROJECTS, name, namespace, { signal })).metadata;
        if (users.length > 0) {
          throw conflict(
            'PROJECT_IN_USE',
            `The project ${name} is used by ${users.length === 1 ? 'an application' : `${users.length} applications`}.`,
          );
        }
        await audited(audit, request, entryFor('project.delete', name, {}), () =>
          client.delete(APP_PROJECTS, name, namespace, {
            signal,
            ...(uid === undefined ? {} : { preconditions: { uid } }),
          }),
        );
        return { name };
      },
    );
  };

  function visibleRows(request: FastifyRequest) {
    return [...index.rows()].filter(visibleTo(request.actor, options));
  }

  /** What was stored, its warnings, and the applications that it leaves out in the rain. */
  async function answer(
    request: FastifyRequest,
    stored: KubeObject,
    parsed: AcceptedProject,
  ): Promise<z.infer<typeof projectChanged>> {
    const giveWay = createTurns();
    const broken: z.infer<typeof projectChanged>['broken'] = [];
    for (const row of visibleRows(request)) {
      if (broken.length >= NAMED) break;
      await giveWay();
      const object = row.project === parsed.project.name ? index.object(`${row.namespace}/${row.name}`) : undefined;
      const application = object === undefined ? undefined : parseApplication(object, namespace);
      if (application === undefined || !('application' in application)) continue;
      const faults = rules.checkAgainst(parsed.project, application.application);
      if (faults.length === 0) continue;
      const message = faults.map((fault) => fault.message).join('; ');
      broken.push({ namespace: row.namespace, name: row.name, message });
    }
    return { project: withoutManagedFields(stored), faults: parsed.warnings.map(toFault), broken };
  }
}

type AcceptedProject = Extract<ParsedProject, { project: unknown }>;

/** @throws SekishoError PROJECT_INVALID with everything that is wrong */
function accepted(object: KubeObject): AcceptedProject {
  const parsed = parseProject(object);
  if ('project' in parsed) return parsed;
  const [first] = parsed.diagnostics;
  throw new SekishoError('PROJECT_INVALID', parsed.diagnostics.map(withoutCode).join('\n'), {
    ...(first?.hint === undefined ? {} : { hint: first.hint }),
    details: { status: 422 },
  });
}

/** The error has the code. */
function withoutCode({ origin, message }: Diagnostic): string {
  return origin === undefined ? message : `${formatOrigin(origin)}: ${message}`;
}

function faultsOf(parsed: ParsedProject) {
  return 'project' in parsed ? parsed.warnings : parsed.diagnostics;
}

function permissionTo(action: string, object: (request: FastifyRequest) => string): PermissionOnObject {
  return { resource: 'projects', action, object };
}

function nameIn(request: FastifyRequest): string {
  return read(params, request.params).name;
}

function entryFor(action: string, name: string, details: Readonly<Record<string, unknown>>) {
  return { action, object: { type: 'project', name }, details };
}

function conflict(code: string, message: string): SekishoError {
  return new SekishoError(code, message, { details: { status: 409 } });
}
