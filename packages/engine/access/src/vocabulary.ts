/** What may be done with what: Argo CD's resources, and ours (audit, notifications, policies, waivers). A `/*` stands for more parts. */
export const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  applications: ['get', 'create', 'update', 'update/*', 'delete', 'delete/*', 'sync', 'override', 'action', 'action/*'],
  applicationsets: ['get', 'create', 'update', 'delete'],
  projects: ['get', 'create', 'update', 'delete'],
  repositories: ['get', 'create', 'update', 'delete'],
  'write-repositories': ['get', 'create', 'update', 'delete'],
  clusters: ['get', 'create', 'update', 'delete'],
  accounts: ['get', 'update'],
  certificates: ['get', 'create', 'update', 'delete'],
  gpgkeys: ['get', 'create', 'update', 'delete'],
  logs: ['get'],
  exec: ['create'],
  extensions: ['invoke'],
  audit: ['get'],
  notifications: ['get', 'test'],
  policies: ['get'],
  waivers: ['get'],
};

/** Resources whose objects belong to a project and are named `<project>/…`. */
export const PROJECT_RESOURCES: ReadonlySet<string> = new Set([
  'applications',
  'applicationsets',
  'repositories',
  'clusters',
  'logs',
  'exec',
]);

/** The project that an object belongs to; undefined for what belongs to none. */
export function projectOf(resource: string, object: string): string | undefined {
  if (resource === 'projects') return object;
  if (!PROJECT_RESOURCES.has(resource)) return undefined;
  const slash = object.indexOf('/');
  return slash < 0 ? undefined : object.slice(0, slash);
}

/** Whether a pattern without wildcards names something that exists; patterns with wildcards are taken as they are. */
export function isKnown(resource: string, action: string): { resource: boolean; action: boolean } {
  if (hasWildcard(resource)) return { resource: true, action: true };
  const actions = ACTIONS[resource];
  if (actions === undefined) return { resource: false, action: true };
  const known =
    hasWildcard(action) ||
    actions.some((name) => (name.endsWith('/*') ? action.startsWith(name.slice(0, -1)) : name === action));
  return { resource: true, action: known };
}

function hasWildcard(pattern: string): boolean {
  return /[*?[\]{}\\^$().+|]/.test(pattern);
}
