import { createHash } from 'node:crypto';
import { redactUrl } from '@sekisho/base';
import type { KubeClient } from '@sekisho/client';
import type { Git } from '@sekisho/git';
import type { KubeObject } from '@sekisho/kube';
import { z } from 'zod';
import { SECRETS } from '../applications/kinds.ts';
import { toGitCredentials } from '../applications/repository-credentials.ts';
import type { Audit } from '../audit/audit.ts';
import { audited } from './application-operations.ts';
import { read } from './applications.ts';
import type { AccessControl, Permission } from './route.ts';
import type { Routes } from './server.ts';

const newRepository = z.object({
  url: z.string().min(1),
  username: z.string().optional(),
  password: z.string().optional(),
  sshPrivateKey: z.string().optional(),
  insecure: z.boolean().default(false),
});

const CREATE: Permission = {
  resource: 'repositories',
  action: 'create',
  object: (request) => read(newRepository, request.body).url,
};

const embeddedParams = z.object({ name: z.string().max(100) });
/** Branches of an embedded repository that take no push: changes come by other branches. */
const protection = z.object({ branches: z.array(z.string().min(1).max(255)).max(100) });

const PROTECT: Permission = {
  resource: 'repositories',
  action: 'update',
  object: (request) => `embedded:${read(embeddedParams, request.params).name}`,
};

const repository = z
  .object({ type: z.enum(['embedded', 'git']), url: z.string().meta({ description: 'Without credentials.' }) })
  .meta({ id: 'Repository' });
const LIST = {
  tag: 'repositories',
  summary: 'Repositories that the caller may see',
  response: z.object({ items: z.array(repository) }),
};
const ADD = {
  tag: 'repositories',
  summary: 'Make an embedded repository (embedded:NAME), or add a remote one after trying it',
  body: newRepository,
  response: repository,
  status: 201,
};
const PROTECTION = {
  tag: 'repositories',
  summary: 'Which branches of an embedded repository take no push',
  body: protection,
  response: protection,
};

/** Repositories: the embedded ones, and remote ones as Argo CD's declarative Secrets. */
export function repositoryRoutes(options: {
  git: Git;
  client: KubeClient;
  secrets: () => readonly KubeObject[];
  access: AccessControl;
  audit: Audit;
  controlNamespace: string;
}): Routes {
  const { git, client, access, audit, controlNamespace } = options;
  return (api) => {
    api.get('/api/v1/repositories', { config: { permission: 'signed-in', api: LIST } }, async ({ actor }) => {
      const isVisible = (url: string) => access.authorize(actor, 'repositories', 'get', url);
      const embedded = (await git.embedded.list()).map((name) => ({ type: 'embedded', url: `embedded:${name}` }));
      const remote = options.secrets().map((secret) => ({ type: 'git', url: redactUrl(addressOf(secret)) }));
      return { items: [...embedded, ...remote].filter(({ url }) => isVisible(url)) };
    });
    const protect = { config: { permission: PROTECT, api: PROTECTION } };
    api.put('/api/v1/repositories/embedded/:name/protection', protect, async (request) => {
      const { name } = read(embeddedParams, request.params);
      const { branches } = read(protection, request.body);
      const object = { type: 'repository', name: `embedded:${name}` };
      await audited(audit, request, { action: 'repository.protect', object, details: { branches } }, () =>
        git.embedded.protect(name, branches),
      );
      return { branches: await git.embedded.protectedBranches(name) };
    });
    api.post('/api/v1/repositories', { config: { permission: CREATE, api: ADD } }, async (request, reply) => {
      const repository = read(newRepository, request.body);
      const { url } = repository;
      const embedded = /^embedded:(.+)$/.exec(url)?.[1];
      const shown = redactUrl(url);
      const entry = { action: 'repository.create', object: { type: 'repository', name: shown } };
      reply.code(201);
      if (embedded !== undefined) {
        await audited(audit, request, entry, () => git.embedded.create(embedded));
        return { type: 'embedded', url };
      }
      // Opening proves address and credentials before anything is kept.
      const opened = await git.open(url, toGitCredentials({ ...repository, insecure: String(repository.insecure) }));
      await opened.refresh({ signal: AbortSignal.timeout(60_000) });
      const secret = secretFor(repository, controlNamespace);
      await audited(audit, request, entry, () => client.apply(SECRETS, secret, { force: true }));
      return { type: 'git', url: shown };
    });
  };
}

type NewRepository = z.infer<typeof newRepository>;

/** The same form that Argo CD reads, so that a repository added here works there and the other way round. */
function secretFor({ insecure, ...fields }: NewRepository, namespace: string): KubeObject {
  const id = createHash('sha256').update(fields.url).digest('hex').slice(0, 10);
  const data = { type: 'git', ...fields, ...(insecure ? { insecure: 'true' } : {}) };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: `repo-${id}`,
      namespace,
      labels: { 'argocd.argoproj.io/secret-type': 'repository' },
    },
    type: 'Opaque',
    data: Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value ?? '').toString('base64')]),
    ),
  };
}

function addressOf(secret: KubeObject): string {
  const data = (secret['data'] ?? {}) as Record<string, string>;
  return Buffer.from(data['url'] ?? '', 'base64').toString('utf8');
}
