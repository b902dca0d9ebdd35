import { type Clock, SekishoError } from '@sekisho/base';
import { z } from 'zod';
import type { PolicyBook } from '../policies/policy-book.ts';
import { policyFault, policyParts, policyRow, waiverRows } from '../policies/policy-views.ts';
import type { PolicyDetail, PolicyList } from './api-types.ts';
import { withoutManagedFields } from './application-list.ts';
import { read } from './applications.ts';
import type { PermissionOnObject, RouteDocumentation } from './route.ts';
import { policyDetail, policyList, waiverList } from './schemas-policies.ts';
import type { Routes } from './server.ts';

const params = z.object({ id: z.string().min(1).max(1024) });

/** Policies and waivers as they count now. They are written as objects of the cluster, by git or kubectl. */
export function policyRoutes({ book, clock }: { readonly book: PolicyBook; readonly clock: Clock }): Routes {
  const on = (resource: 'policies' | 'waivers', api: RouteDocumentation) => ({
    config: { permission: { resource, action: 'get', object: () => '*' } satisfies PermissionOnObject, api },
  });
  return (server) => {
    server.get(
      '/api/v1/policies',
      on('policies', {
        tag: 'policies',
        summary: 'All policies that count, and faults of those that do not',
        response: policyList,
      }),
      (): PolicyList => {
        const { policies, diagnostics } = book.info();
        return {
          items: policies.map((summary) => policyRow(book, summary)),
          diagnostics: diagnostics.map(policyFault),
        };
      },
    );
    server.get(
      '/api/v1/policies/:id',
      on('policies', {
        tag: 'policies',
        summary: 'One policy with the objects and files that it is made of',
        description: 'The id is URL-encoded: `gatekeeper%2FK8sRequiredLabels%2Fowner`.',
        response: policyDetail,
      }),
      (request): PolicyDetail => {
        const { id } = read(params, request.params);
        const summary = book.info().policies.find((policy) => policy.id === id);
        if (summary === undefined) {
          throw new SekishoError('POLICY_UNKNOWN', `There is no policy ${id} that counts.`, {
            hint: '`sekisho policy list` shows all, and the faults of those that do not count.',
            details: { status: 404 },
          });
        }
        const { documents, ...parts } = policyParts(book, id);
        return { ...policyRow(book, summary), ...parts, documents: documents.map(withoutManagedFields) };
      },
    );
    server.get(
      '/api/v1/waivers',
      on('waivers', {
        tag: 'policies',
        summary: 'All waivers, those that expired or have faults too',
        response: waiverList,
      }),
      () => ({ items: waiverRows(book, clock) }),
    );
  };
}
