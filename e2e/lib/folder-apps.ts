import type { PushedRepository } from './pushed-repository.ts';
import { type ApplicationWish, AUTOMATED, type Sekisho } from './sekisho.ts';

type Files = Readonly<Record<string, string | null>>;

/** Applications that are one folder each of one repository, and live in a namespace of the same name. */
export interface FolderApps {
  readonly repo: PushedRepository;
  /** Pushes the folder's files and makes the Application; returns the commit. */
  create(name: string, files: Files, wish?: Partial<ApplicationWish>): Promise<string>;
  /** Changes files (null deletes); returns the commit. */
  push(name: string, files: Files): Promise<string>;
}

export async function folderApps(sekisho: Sekisho, repository = 'folders'): Promise<FolderApps> {
  const repo = await sekisho.repository(repository, { 'README.md': 'One folder each.\n' });
  const push = (name: string, files: Files) =>
    repo.push(Object.fromEntries(Object.entries(files).map(([file, text]) => [`${name}/${file}`, text])));
  return {
    repo,
    push,
    async create(name, files, wish = {}) {
      const commit = await push(name, files);
      await sekisho.createApplication(name, { repoURL: repo.url, path: name, ...wish });
      return commit;
    },
  };
}

/** The usual policy with more options. */
export function withOptions(...options: readonly string[]): Record<string, unknown> {
  return { ...AUTOMATED, syncOptions: ['CreateNamespace=true', ...options] };
}

/** No sync unless somebody asks. */
export const MANUAL = { syncOptions: ['CreateNamespace=true'] };

export function configMap(name: string, value: string, annotations: Readonly<Record<string, string>> = {}): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: ${JSON.stringify({ name, annotations })}\ndata: {value: ${JSON.stringify(value)}}\n`;
}

export function deployment(name: string, options: { label?: string; container?: string; annotations?: object } = {}) {
  const { label = name, container = '', annotations = {} } = options;
  return `apiVersion: apps/v1
kind: Deployment
metadata: ${JSON.stringify({ name, annotations })}
spec:
  selector: {matchLabels: {app: ${label}}}
  template:
    metadata: {labels: {app: ${label}}}
    spec:
      containers: [{name: main, image: nginx${container === '' ? '' : `, ${container}`}}]
`;
}

/** @param script its last statement says how it ends (`true`, `false`, `exit 3`) */
export function job(name: string, annotations: Readonly<Record<string, string>>, script = 'true'): string {
  const container = { name: 'main', image: 'busybox', command: ['sh', '-c', script] };
  const spec = { backoffLimit: 0, template: { spec: { restartPolicy: 'Never', containers: [container] } } };
  return `${JSON.stringify({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name, annotations }, spec })}\n`;
}

/** A Job that never ends by itself: it is suspended. */
export function endlessJob(name: string, annotations: Readonly<Record<string, string>>): string {
  const object = JSON.parse(job(name, annotations)) as { spec: Record<string, unknown> };
  object.spec['suspend'] = true;
  return `${JSON.stringify(object)}\n`;
}
