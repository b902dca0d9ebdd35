import { redactUrl, SekishoError } from '@sekisho/base';
import { type AddressRules, checkHost, type GitTree, parseAddress } from '@sekisho/git';
import type { FilesPlace, PolicyFile } from '@sekisho/policy';
import { createRegistryClient, parseReference, readBundle } from '@sekisho/registry';
import type { RepositoryCredentials } from '../../applications/repository-credentials.ts';
import type { Sources } from '../../applications/sources.ts';

/** Files at one revision; undefined files: the revision is the one that is known. */
export interface Fetched {
  readonly revision: string;
  readonly files?: readonly PolicyFile[];
  /** Why there may be something newer: the repository does not answer, and this is what was fetched from it before. */
  readonly trouble?: string | undefined;
}

export interface FetchOptions {
  readonly sources: Pick<Sources, 'repository'> & Partial<Pick<Sources, 'trouble'>>;
  readonly credentials: Pick<RepositoryCredentials, 'charts'>;
  readonly allowLoopback: boolean;
}

/**
 * Looks at a place and reads its files, unless its revision is `known`.
 *
 * @throws SekishoError GIT_*, REGISTRY_*, CHECK_ARCHIVE, POLICY_SOURCE_NO_FILES, POLICY_SOURCE_TOO_LARGE
 */
export function fetchFiles(
  place: FilesPlace,
  known: string | undefined,
  options: FetchOptions,
  signal: AbortSignal,
): Promise<Fetched> {
  return place.kind === 'git' ? fromGit(place, known, options, signal) : fromRegistry(place, known, options, signal);
}

/** What policies are made of. Tests of policies are for whoever writes them. */
const TAKEN = /\.(?:rego|json|ya?ml)$/i;
const TEST = /_test\.rego$/i;
const MAX_FILES = 5_000;
const MAX_BYTES = 32 * 1024 * 1024;

async function fromGit(
  { repoURL, targetRevision, path }: Extract<FilesPlace, { kind: 'git' }>,
  known: string | undefined,
  { sources }: FetchOptions,
  signal: AbortSignal,
): Promise<Fetched> {
  const repository = await sources.repository(repoURL);
  const { commit } = await repository.resolve(targetRevision, { signal });
  const trouble = sources.trouble?.({ repoURL });
  if (commit === known) return { revision: commit, trouble };
  const tree = repository.tree(commit);
  const budget = createBudget(redactUrl(repoURL));
  const repo = redactUrl(repoURL);
  const files: PolicyFile[] = [];
  for await (const file of filesBelow(tree, path)) {
    signal.throwIfAborted();
    const bytes = await tree.read(file, { maxBytes: budget.left });
    budget.take(bytes.length);
    files.push({ text: textOf(bytes), origin: { repo, revision: commit, file } });
  }
  return { revision: commit, files: someFiles(files, `the folder ${path === '' ? '.' : path} of ${repo}`), trouble };
}

/** By name, folder by folder. Links are not followed. */
async function* filesBelow(tree: GitTree, path: string): AsyncGenerator<string> {
  const entries = (await tree.list(path)) ?? [];
  for (const { name, type } of [...entries].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const full = path === '' ? name : `${path}/${name}`;
    if (type === 'directory') yield* filesBelow(tree, full);
    else if (type === 'file' && isTaken(name)) yield full;
  }
}

async function fromRegistry(
  { url }: Extract<FilesPlace, { kind: 'oci' }>,
  known: string | undefined,
  { credentials, allowLoopback }: FetchOptions,
  signal: AbortSignal,
): Promise<Fetched> {
  const address = url.replace(/^oci:\/\//i, '');
  const reference = parseReference(address);
  const { username, password, ...connection } = (await credentials.charts(`oci://${address}`)) ?? {};
  const rules: AddressRules = { allowLoopback, allowFile: false };
  const client = createRegistryClient({
    ...connection,
    permit: async (target) => {
      await checkHost(parseAddress(target.replace(/^oci:/i, 'https:'), rules), rules);
    },
    credentials: async (registry) =>
      registry !== reference.registry || (username === undefined && password === undefined)
        ? undefined
        : { username: username ?? '', secret: password ?? '' },
  });
  try {
    const { manifest, digest } = await client.getManifest(reference, { signal });
    if (digest === known) return { revision: digest };
    const budget = createBudget(address);
    const files: PolicyFile[] = [];
    for (const { path, content } of await readBundle(client, reference, manifest, { signal })) {
      if (!isTaken(path)) continue;
      budget.take(content.length);
      files.push({ text: textOf(content), origin: { repo: `oci://${address}`, revision: digest, file: path } });
    }
    return { revision: digest, files: someFiles(files, address) };
  } finally {
    await client.close();
  }
}

function isTaken(path: string): boolean {
  return TAKEN.test(path) && !TEST.test(path);
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** A folder that holds nothing is a mistake in its name: to take it for "no policies" would let everything in. */
function someFiles(files: readonly PolicyFile[], what: string): readonly PolicyFile[] {
  if (files.length > 0) return files;
  throw new SekishoError('POLICY_SOURCE_NO_FILES', `There are no policies in ${what}.`, {
    hint: 'Is the path right? Files that count end in .rego, .json or .yaml.',
  });
}

function createBudget(what: string) {
  let files = 0;
  let left = MAX_BYTES;
  const tooLarge = () =>
    new SekishoError(
      'POLICY_SOURCE_TOO_LARGE',
      `${what} holds more than ${MAX_FILES} files or ${MAX_BYTES} bytes of policies.`,
    );
  return {
    get left() {
      return left;
    },
    take(bytes: number) {
      left -= bytes;
      if (left < 0 || ++files > MAX_FILES) throw tooLarge();
    },
  };
}
