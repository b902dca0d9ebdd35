import { hostname } from 'node:os';
import { Readable } from 'node:stream';
import { auditFormats, entryOf, formatAuditEntry } from '@sekisho/audit';
import { defined } from '@sekisho/base';
import type { AuditLog } from '@sekisho/store';
import { z } from 'zod';
import type { AuditVerification } from '../audit/verify.ts';
import { version } from '../version.ts';
import { read } from './applications.ts';
import type { PermissionOnObject } from './route.ts';
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

const PAGE = 500;
const VERIFY_MS = 120_000;

/** Who did what, whether the log is whole, and the log for other systems. */
export function auditRoutes(options: {
  log: AuditLog;
  verify: (signal: AbortSignal) => Promise<AuditVerification>;
}): Routes {
  const { log, verify } = options;
  const permission: PermissionOnObject = { resource: 'audit', action: 'get', object: () => '*' };
  const config = { permission };
  return (api) => {
    api.get('/api/v1/audit', { config }, async (request) => {
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
    api.get('/api/v1/audit/verify', { config }, () => verify(AbortSignal.timeout(VERIFY_MS)));
    api.get('/api/v1/audit/export', { config }, async (request, reply) => {
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
