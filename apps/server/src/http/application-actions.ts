import type { Clock } from '@sekisho/base';
import { gvkOf } from '@sekisho/kube';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ApplicationController } from '../applications/controller.ts';
import { actionsFor, runAction } from '../applications/resource-actions.ts';
import type { Audit } from '../audit/audit.ts';
import { keyOf } from './application-detail.ts';
import { audited, objectOf } from './application-operations.ts';
import { onApplication, read } from './applications.ts';
import { resourceAction } from './schemas.ts';
import type { Routes } from './server.ts';
import { findLive, notOfApplication, resourceRef } from './tree-objects.ts';

const actionBody = resourceRef.extend({
  action: z.string().min(1).max(64),
  parameters: z.record(z.string().max(64), z.string().max(1024)).default({}),
});

const ACTION_MS = 30_000;

/** What people do to single resources: restart, scale, suspend … */
export function applicationActionRoutes(options: {
  applications: ApplicationController;
  audit: Audit;
  clock: Clock;
  controlNamespace: string;
}): Routes {
  const { applications, audit, clock } = options;
  const get = onApplication('get', options);
  const act = onApplication(actionOf, options);
  const path = '/api/v1/applications/:namespace/:name/actions';
  return (api) => {
    api.get(
      path,
      get({
        summary: 'What can be done to one of its resources now',
        query: resourceRef,
        response: z.object({ items: z.array(resourceAction) }),
      }),
      async (request) => {
        const ref = read(resourceRef, request.query);
        const { application, destination } = await applications.open(keyOf(request.params));
        const live = findLive(application, destination, ref);
        if (live === undefined) throw notOfApplication(application, ref);
        return { items: actionsFor(live) };
      },
    );
    api.post(
      path,
      act({
        summary: 'Do it; needs the permission action/<group>/<kind>/<action>',
        body: actionBody,
        response: z.object({ done: z.boolean() }),
      }),
      async (request) => {
        const { action, parameters, ...ref } = read(actionBody, request.body);
        const { application, destination } = await applications.open(keyOf(request.params));
        const details = { action, ...ref, ...(Object.keys(parameters).length === 0 ? {} : { parameters }) };
        await audited(
          audit,
          request,
          { action: 'application.action', object: objectOf(application.object), details },
          () => {
            const live = findLive(application, destination, ref);
            if (live === undefined) throw notOfApplication(application, ref);
            return runAction({
              client: destination.client,
              typeOf: (object) => destination.live.discovery.resourceForSync(gvkOf(object)),
              object: live,
              action,
              parameters,
              now: new Date(clock.now()).toISOString(),
              signal: AbortSignal.timeout(ACTION_MS),
            });
          },
        );
        return { done: true };
      },
    );
  };
}

function actionOf(request: FastifyRequest): string {
  const { group, kind, action } = read(actionBody, request.body);
  return `action/${group}/${kind}/${action}`;
}
