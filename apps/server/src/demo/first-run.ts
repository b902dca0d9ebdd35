import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { isSekishoError } from '@sekisho/base';
import type { KubeClient } from '@sekisho/client';
import type { Git } from '@sekisho/git';
import type { KubeObject } from '@sekisho/kube';
import { IN_CLUSTER } from '../applications/destinations.ts';
import { APPLICATIONS, CONFIG_MAPS } from '../applications/kinds.ts';

/** The example config repository, as a user may copy it. */
const EXAMPLE = fileURLToPath(new URL('../../../../examples/config-repo/', import.meta.url));

export const DEMO_REPOSITORY = 'config';

/** Says that the first run is over: what a user deletes afterwards stays deleted. */
const MARKER = 'sekisho-first-run';

/**
 * Makes the example config repository and the root application that follows it, once in the life of a data folder.
 * Each step looks before it acts, so a process killed half way goes on at the next start.
 *
 * @returns whether the example repository exists (now or since an earlier run)
 */
export async function makeDemo(options: { git: Git; client: KubeClient; controlNamespace: string }): Promise<boolean> {
  const { git, client, controlNamespace: namespace } = options;
  const { embedded } = git;
  if ((await client.getIfExists(CONFIG_MAPS, MARKER, namespace)) !== undefined) return embedded.exists(DEMO_REPOSITORY);

  if (!(await embedded.exists(DEMO_REPOSITORY))) await embedded.create(DEMO_REPOSITORY);
  const repository = await git.open(`embedded:${DEMO_REPOSITORY}`);
  try {
    await repository.resolve('main');
  } catch (error) {
    if (!isSekishoError(error, 'GIT_REVISION_UNKNOWN')) throw error;
    await embedded.commit(DEMO_REPOSITORY, {
      branch: 'main',
      files: await readExample(),
      message: 'Start with three example applications',
      author: { name: 'Sekisho', email: 'sekisho@localhost' },
    });
  }
  await createIfMissing(client, APPLICATIONS, rootApplication(namespace));
  await createIfMissing(client, CONFIG_MAPS, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: MARKER, namespace },
    data: { repository: `embedded:${DEMO_REPOSITORY}` },
  });
  return true;
}

async function createIfMissing(client: KubeClient, type: typeof APPLICATIONS, object: KubeObject): Promise<void> {
  try {
    await client.create(type, object);
  } catch (error) {
    if (!isSekishoError(error, 'KUBE_ALREADY_EXISTS')) throw error;
  }
}

async function readExample(): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const entry of await readdir(EXAMPLE, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = `${entry.parentPath}/${entry.name}`;
    files[path.slice(EXAMPLE.length).replace(/^\//, '')] = await readFile(path, 'utf8');
  }
  return files;
}

function rootApplication(namespace: string): KubeObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'root', namespace },
    spec: {
      project: 'default',
      source: { repoURL: `embedded:${DEMO_REPOSITORY}`, path: 'applications', targetRevision: 'main' },
      destination: { server: IN_CLUSTER, namespace },
      syncPolicy: { automated: { prune: true, selfHeal: true } },
    },
  };
}
