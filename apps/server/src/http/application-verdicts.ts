import { z } from 'zod';
import type { ApplicationController } from '../applications/controller.ts';
import type { Sources } from '../applications/sources.ts';
import { passedPairs, applicationVerdicts as verdictsOf } from '../gate/application-verdicts.ts';
import type { PolicyBook } from '../policies/policy-book.ts';
import { keyOf } from './application-detail.ts';
import { onApplication, read } from './applications.ts';
import { applicationVerdicts } from './schemas-verdicts.ts';
import type { Routes } from './server.ts';

const JUDGE_MS = 60_000;

const query = z.object({
  revision: z.string().max(1024).optional().meta({ description: 'As it would be at a commit, branch or tag.' }),
  explain: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional()
    .meta({ description: 'With the rule of each verdict, and what it looked at.' }),
});

/** What policies say of an application before its sync. */
export function applicationVerdictRoutes(options: {
  applications: ApplicationController;
  sources: Pick<Sources, 'repository'>;
  policies: Pick<PolicyBook, 'info' | 'worker'>;
  controlNamespace: string;
}): Routes {
  const { applications, sources, policies: book } = options;
  const get = onApplication('get', options);
  return (api) => {
    api.get(
      '/api/v1/applications/:namespace/:name/verdicts',
      get({
        summary: 'What policies say of what it is rendered to, each verdict with its line in git',
        query,
        response: applicationVerdicts,
      }),
      async (request) => {
        const { revision, explain = false } = read(query, request.query);
        const signal = AbortSignal.timeout(JUDGE_MS);
        const { application, rendered, look } = await applications.judge(keyOf(request.params), { revision, signal });
        return {
          revision: rendered.revision.commit,
          deny: look.deny,
          warn: look.warn,
          total: look.verdicts.length,
          ...(look.fault === undefined ? {} : { fault: look.fault }),
          items: await verdictsOf(look, { application, rendered, sources, book, explain, signal }),
          passed: passedPairs(look, book),
          diagnostics: look.diagnostics,
        };
      },
    );
  };
}
