import { hostname } from 'node:os';
import { Readable } from 'node:stream';
import { auditFormats, entryOf, formatAuditEntry } from '@sekisho/audit';
import { defined } from '@sekisho/base';
import type { AuditLog } from '@sekisho/store';
import { z } from 'zod';
import type { AuditVerification } from '../audit/verify.ts';
import { version } from '../version.ts';
import { read } from './applications.ts';
import type { PermissionOnObject, RouteDocumentation } from './route.ts';
import type { Routes } from './server.ts';

const time = z.iso.datetime({ offset: true });
const listQuery = z.object({
  actor: z.string().max(512).optional(),
  action: z.string().max(512).optional(),
  type: z.string().max(512).optional(),
  namespace: z.string().max(512).optional(),
  name: z.string().max(512).optional(),
  outcome: z.string().max(64).optional(),
  since: time.optional(),
  until: time.optional(),
  search: z.string().max(512).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.coerce.number().int().min(1).optional(),
});
const exportQuery = z.object({
  format: z.enum(auditFormats).default('jsonl'),
  after: z.coerce.number().int().min(0).default(0),
});

const text = z.string();
const auditEntry = z
  .object({
    seq: z.number().int().meta({ description: '1, 2, 3 … without gaps.' }),
    hash: text.meta({ description: 'SHA-256 of the entry, which holds `previous`.' }),
    previous: text.meta({ description: 'Hash of the entry before.' }),
    id: text,
    at: text.meta({ description: 'RFC 3339, UTC.' }),
    actor: z.object({
      user: text,
      groups: z.array(text).exactOptional(),
      method: text.meta({ description: 'How it was proven: token, password, oidc, ldap, webhook, controller.' }),
      address: text.exactOptional(),
      tokenId: text.exactOptional(),
    }),
    action: text.meta({ description: '`<type>.<verb>`: application.sync.' }),
    object: z.object({
      type: text,
      project: text.exactOptional(),
      namespace: text.exactOptional(),
      name: text,
    }),
    outcome: text.meta({ description: 'succeeded, failed, denied or started.' }),
    reason: text.exactOptional(),
    operationId: text.exactOptional(),
    revision: text.exactOptional(),
    details: z.unknown().optional(),
  })
  .meta({ id: 'AuditEntry' });
const LIST = {
  tag: 'audit',
  summary: 'Who did what, newest first',
  query: listQuery,
  response: z.object({ items: z.array(auditEntry), next: text.exactOptional() }),
};
const VERIFY = {
  tag: 'audit',
  summary: 'Whether the log is whole: its chain, what was kept aside of it, and what git says',
  response: z
    .object({
      ok: z.boolean(),
      entries: z.number().int(),
      head: z.object({ seq: z.number().int(), hash: text }),
      problems: z.array(z.object({ kind: text, seq: z.number().int(), message: text })),
      revisions: z.object({ checked: z.number().int(), unreachable: z.number().int() }),
    })
    .meta({ id: 'AuditVerification' }),
};
const EXPORT = {
  tag: 'audit',
  summary: 'The log for other systems, oldest first: JSON lines, CEF or syslog',
  query: exportQuery,
  produces: 'text/plain',
};

const PAGE = 500;
const VERIFY_MS = 120_000;

/** Who did what, whether the log is whole, and the log for other systems. */
export function auditRoutes(options: {
  log: AuditLog;
  verify: (signal: AbortSignal) => Promise<AuditVerification>;
}): Routes {
  const { log, verify } = options;
  const permission: PermissionOnObject = { resource: 'audit', action: 'get', object: () => '*' };
  const config = (api: RouteDocumentation) => ({ config: { permission, api } });
  return (api) => {
    api.get('/api/v1/audit', config(LIST), async (request) => {
      const { type, namespace, name, limit, cursor, ...query } = read(listQuery, request.query);
      const found = await log.list({
        ...defined(query),
        object: defined({ type, namespace, name }),
        ...(cursor === undefined ? {} : { before: cursor }),
        limit: limit + 1,
      });
      const items = found.slice(0, limit);
      const next = found.length > limit ? items.at(-1)?.seq : undefined;
      return { items, ...(next === undefined ? {} : { next: String(next) }) };
    });
    api.get('/api/v1/audit/verify', config(VERIFY), () => verify(AbortSignal.timeout(VERIFY_MS)));
    api.get('/api/v1/audit/export', config(EXPORT), async (request, reply) => {
      const { format, after } = read(exportQuery, request.query);
      const about = { version, host: hostname() };
      reply.type(format === 'jsonl' ? 'application/jsonl' : 'text/plain; charset=utf-8');
      return reply.send(Readable.from(lines(after)));

      async function* lines(from: number) {
        for (let last = from; ; ) {
          const rows = await log.rows(last, PAGE);
          const end = rows.at(-1);
          if (end === undefined) return;
          last = end.seq;
          const entries = rows.map(entryOf).filter((entry) => entry !== undefined);
          yield entries.map((entry) => `${formatAuditEntry(entry, format, about)}\n`).join('');
        }
      }
    });
  };
}
