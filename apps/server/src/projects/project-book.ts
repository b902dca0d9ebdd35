import { type Clock, type Diagnostic, formatDiagnostic, isSekishoError, type Logger } from '@sekisho/base';
import { createInformer, type KubeClient } from '@sekisho/client';
import { deepEqual, type KubeObject } from '@sekisho/kube';
import { defaultProject, type Project, parseProject } from '@sekisho/project';
import { APP_PROJECTS } from '../applications/kinds.ts';

/** An AppProject as it stands now. */
export interface ProjectEntry {
  readonly name: string;
  readonly object: KubeObject;
  /** Undefined when it has faults: then it permits nothing. */
  readonly project: Project | undefined;
  /** Errors without a project, warnings with one. */
  readonly diagnostics: readonly Diagnostic[];
  /** When this state of it was first seen, ms since 1970. */
  readonly seenAt: number;
}

/** All AppProjects of the control namespace. */
export interface ProjectBook {
  get(name: string): ProjectEntry | undefined;
  /** By name. */
  list(): readonly ProjectEntry[];
  /** Called with the name of a project that is new, has another spec or other annotations, or is gone. */
  onChange(listener: (name: string) => void): void;
  close(): Promise<void>;
}

/** Follows the AppProjects; ready once all are known. The default project is made when it is not there. */
export async function openProjectBook(options: {
  client: KubeClient;
  controlNamespace: string;
  clock: Clock;
  logger: Logger;
}): Promise<ProjectBook> {
  const { client, controlNamespace: namespace, clock, logger } = options;
  const entries = new Map<string, ProjectEntry>();
  const listeners = new Set<(name: string) => void>();

  await makeDefault(client, namespace);
  const informer = createInformer({ client, type: APP_PROJECTS, namespace, logger });
  informer.on(({ type, object, previous }) => {
    const { name = '' } = object.metadata;
    if (type === 'DELETED') entries.delete(name);
    else if (previous !== undefined && entries.has(name) && sameSpec(previous, object)) {
      entries.set(name, { ...(entries.get(name) as ProjectEntry), object });
      return;
    } else entries.set(name, read(object, clock.now(), logger));
    for (const listener of listeners) listener(name);
  });
  informer.start();
  await informer.synced();
  return {
    get: (name) => entries.get(name),
    list: () => [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    onChange(listener) {
      listeners.add(listener);
    },
    close: () => informer.close(),
  };
}

function read(object: KubeObject, seenAt: number, logger: Logger): ProjectEntry {
  const { name = '' } = object.metadata;
  const parsed = parseProject(object);
  const [project, diagnostics] =
    'project' in parsed ? [parsed.project, parsed.warnings] : [undefined, parsed.diagnostics];
  for (const diagnostic of diagnostics) {
    logger.warn({ project: name, fault: formatDiagnostic(diagnostic) }, 'a project is at fault');
  }
  return { name, object, project, diagnostics, seenAt };
}

/** As Argo CD does at its start; a project of that name that is there stays as it is. */
async function makeDefault(client: KubeClient, namespace: string): Promise<void> {
  try {
    await client.create(APP_PROJECTS, defaultProject(namespace));
  } catch (error) {
    if (!isSekishoError(error, 'KUBE_ALREADY_EXISTS')) throw error;
  }
}

/** A change of status or labels says nothing new; resources without generation are compared by spec. */
function sameSpec(a: KubeObject, b: KubeObject): boolean {
  const { generation } = b.metadata;
  // Some rules are annotations: whose SSH signatures count.
  if (!deepEqual(a.metadata.annotations, b.metadata.annotations)) return false;
  if (a.metadata.deletionTimestamp !== b.metadata.deletionTimestamp) return false;
  return generation === undefined ? a['spec'] === b['spec'] : generation === a.metadata.generation;
}
