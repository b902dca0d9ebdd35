import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@sekisho/base';
import type { Storage } from '../storage/storage.ts';

export interface TokenOwner {
  readonly user: string;
  readonly groups: readonly string[];
}

export interface Tokens {
  readonly adminToken: string;
  /** A new token; only its hash is kept, durable when the promise resolves. `expiresAt` in milliseconds since 1970. */
  issue(owner: TokenOwner, expiresAt?: number): Promise<string>;
  authenticate(token: string): TokenOwner | undefined;
}

interface Entry extends TokenOwner {
  readonly expiresAt?: number;
}

const SETTING = 'tokens';
const ADMIN: TokenOwner = { user: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] };

/** Bearer tokens: 32 random bytes, looked up by SHA-256 so that no comparison depends on the secret's bytes. */
export function openTokens(dir: string, storage: Storage, clock: Clock): Tokens {
  const adminToken = readOrMakeAdminToken(join(dir, 'admin.token'));
  const adminHash = hash(adminToken);
  const entries = new Map<string, Entry>(Object.entries(parseEntries(storage.getSetting(SETTING))));
  const save = async (): Promise<void> => {
    for (const [id, entry] of entries) if ((entry.expiresAt ?? Infinity) < clock.now()) entries.delete(id);
    await storage.setSetting(SETTING, JSON.stringify(Object.fromEntries(entries)));
  };
  return {
    adminToken,
    issue: async ({ user, groups }, expiresAt) => {
      const token = randomBytes(32).toString('base64url');
      entries.set(hash(token).toString('hex'), { user, groups, ...(expiresAt === undefined ? {} : { expiresAt }) });
      await save();
      return token;
    },
    authenticate: (token) => {
      if (token === '' || token.length > 4096) return undefined;
      const given = hash(token);
      if (timingSafeEqual(given, adminHash)) return ADMIN;
      const entry = entries.get(given.toString('hex'));
      if (entry === undefined || (entry.expiresAt ?? Infinity) < clock.now()) return undefined;
      return { user: entry.user, groups: entry.groups };
    },
  };
}

function hash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function parseEntries(text: string | undefined): Record<string, Entry> {
  return text === undefined ? {} : (JSON.parse(text) as Record<string, Entry>);
}

function readOrMakeAdminToken(path: string): string {
  if (existsSync(path)) {
    const token = readFileSync(path, 'utf8').trim();
    if (token !== '') {
      chmodSync(path, 0o600);
      return token;
    }
  }
  const token = randomBytes(32).toString('base64url');
  const temporary = `${path}.new`;
  writeFileSync(temporary, `${token}\n`, { mode: 0o600 });
  renameSync(temporary, path);
  return token;
}
