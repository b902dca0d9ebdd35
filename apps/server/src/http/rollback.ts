import { SekishoError } from '@sekisho/base';
import { z } from 'zod';
import type { ApplicationController } from '../applications/controller.ts';
import { applicationParams, onApplication, read } from './applications.ts';
import type { Routes } from './server.ts';

const rollbackBody = z.object({
  id: z.number().int().min(0).optional().meta({ description: 'Of a release in the history.' }),
  revision: z
    .string()
    .min(1)
    .max(2048)
    .optional()
    .meta({ description: 'A commit; of several sources their commits joined by +.' }),
  reason: z.string().trim().min(1).max(4000).meta({ description: 'Goes into the commit message.' }),
  pullRequest: z.boolean().optional().meta({ description: 'A pull request instead of a commit on the branch.' }),
  prune: z
    .boolean()
    .optional()
    .meta({ description: 'Delete what the bad release added; default: what automated.prune says.' }),
});

const rollbackState = z
  .looseObject({
    id: z.string(),
    phase: z.enum(['Running', 'Succeeded', 'Failed']),
    message: z.string(),
    startedAt: z.string(),
    finishedAt: z.string().exactOptional(),
    from: z.string(),
    to: z.string(),
    reason: z.string(),
    initiatedBy: z.object({ username: z.string(), automatic: z.literal(true).exactOptional() }),
    held: z.array(z.string()),
    commits: z
      .array(
        z.looseObject({
          repoURL: z.string(),
          commit: z.string(),
          branch: z.string(),
          pullRequest: z.string().exactOptional(),
          reverts: z.number().int(),
        }),
      )
      .exactOptional(),
  })
  .meta({ id: 'Rollback', description: 'A release taken back through git; as in status.rollback.' });

const resumeBody = z.object({ revision: z.string().min(4).max(128).optional() });
const resumed = z.object({ lifted: z.array(z.string()), held: z.array(z.string()) });

const PATIENCE_MS = 60_000;

/** Taking releases back, and letting held ones through again. */
export function rollbackRoutes(options: {
  applications: Pick<ApplicationController, 'rollbacks' | 'projectOf'>;
  controlNamespace: string;
}): Routes {
  const { rollbacks } = options.applications;
  const sync = onApplication('sync', options);
  const rollback = {
    summary: 'Take a release back by a revert commit; without id and revision, to the last healthy release',
    body: rollbackBody,
    response: rollbackState,
    status: 202,
  };
  const resume = { summary: 'Lift the hold of revisions', body: resumeBody, response: resumed };
  return (api) => {
    api.post('/api/v1/applications/:namespace/:name/rollback', sync(rollback), async (request, reply) => {
      const { namespace, name } = read(applicationParams, request.params);
      const wish = read(rollbackBody, request.body);
      if (wish.id !== undefined && wish.revision !== undefined) {
        throw new SekishoError('REQUEST_INVALID', 'Give either id or revision, not both.');
      }
      const state = await rollbacks.request(
        `${namespace}/${name}`,
        wish,
        request.actor,
        AbortSignal.timeout(PATIENCE_MS),
      );
      reply.code(202);
      return state;
    });
    api.post('/api/v1/applications/:namespace/:name/resume', sync(resume), async (request) => {
      const { namespace, name } = read(applicationParams, request.params);
      const wish = read(resumeBody, request.body ?? {});
      return rollbacks.resume(`${namespace}/${name}`, wish, request.actor, AbortSignal.timeout(PATIENCE_MS));
    });
  };
}
