import type * as crypto from 'node:crypto';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { hashPassword, isOutdated, verifyPassword } from './password.ts';

/** Costs of each derivation that was computed. */
const derived: unknown[] = [];
vi.mock('node:crypto', async (original) => {
  const real = await original<typeof crypto>();
  return {
    ...real,
    scrypt: (password: string, salt: Buffer, length: number, options: crypto.ScryptOptions, done: never) => {
      derived.push({ N: options.N, r: options.r, p: options.p, length });
      real.scrypt(password, salt, length, options, done);
    },
  };
});

const CHEAP = { ln: 10, r: 8, p: 1 };
const FULL = { N: 2 ** 15, r: 8, p: 3, length: 32 };

beforeEach(() => {
  derived.length = 0;
});

describe('a password', () => {
  test('is proved by what is stored of it, and by nothing else', async () => {
    const stored = await hashPassword('correct horse battery', CHEAP);
    expect(await verifyPassword('correct horse battery', stored)).toBe(true);
    for (const wrong of ['', 'correct horse batterY', 'correct horse battery ', stored, 'x'.repeat(100_000)]) {
      expect(await verifyPassword(wrong, stored)).toBe(false);
    }
  });

  test('is the same however its letters are composed', async () => {
    const stored = await hashPassword('Zürich hat Brücken'.normalize('NFD'), CHEAP);
    expect(await verifyPassword('Zürich hat Brücken'.normalize('NFC'), stored)).toBe(true);
  });

  test('is stored with a salt of its own, and without itself', async () => {
    const one = await hashPassword('correct horse battery', CHEAP);
    const two = await hashPassword('correct horse battery', CHEAP);
    expect(one).toMatch(/^\$scrypt\$ln=10,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(one).not.toBe(two);
  });

  test.each([
    ['eleven characters', 'eleven char'],
    ['few characters that have many bytes', '👍'.repeat(11)],
    ['more than 1024 bytes', 'x'.repeat(1025)],
  ])('of %s is unfit, and is not in the message', async (_, password) => {
    const unfit = { code: 'PASSWORD_UNFIT', details: { status: 422 } };
    await expect(hashPassword(password, CHEAP)).rejects.toMatchObject(unfit);
    await hashPassword(password, CHEAP).catch((error) => expect(error.message).not.toContain(password));
  });

  test('costs as much to refuse for somebody who is not there as for somebody who is', async () => {
    const stored = await hashPassword('correct horse battery');
    derived.length = 0;
    await verifyPassword('wrong horse battery', stored);
    await verifyPassword('wrong horse battery', undefined);
    await verifyPassword('wrong horse battery', '$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy');
    await verifyPassword('x'.repeat(100_000), stored);
    expect(derived).toEqual([FULL, FULL, FULL, FULL]);
  });
});

test('a flood of passwords is refused at once, and is over when it is over', async () => {
  const stored = await hashPassword('correct horse battery', CHEAP);
  const results = await Promise.allSettled(
    Array.from({ length: 150 }, () => verifyPassword('correct horse battery', stored)),
  );
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(100);
  expect(results.at(-1)).toMatchObject({
    reason: { code: 'SIGN_IN_LIMITED', retryable: true, details: { status: 429, retryAfterSeconds: 30 } },
  });
  expect(await verifyPassword('correct horse battery', stored)).toBe(true);
});

describe('a stored form', () => {
  const SALT = 'c2FsdHNhbHRzYWx0c2FsdA';
  const HASH = 'A'.repeat(43);

  test.each([
    ['nothing', ''],
    ['plain text', 'correct horse battery'],
    ['bcrypt', '$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'],
    ['gigabytes of memory', `$scrypt$ln=30,r=8,p=1$${SALT}$${HASH}`],
    ['hours of work', `$scrypt$ln=15,r=8,p=99$${SALT}$${HASH}`],
    ['no work', `$scrypt$ln=1,r=1,p=1$${SALT}$${HASH}`],
    ['no salt', `$scrypt$ln=15,r=8,p=3$$${HASH}`],
    ['a short hash', `$scrypt$ln=15,r=8,p=3$${SALT}$AAAA`],
  ])('that is %s proves nothing and orders no more than usual', async (_, stored) => {
    expect(await verifyPassword('correct horse battery', stored)).toBe(false);
    expect(derived).toEqual([FULL]);
    expect(isOutdated(stored)).toBe(true);
  });

  test('is outdated when it is weaker than new ones', async () => {
    expect(isOutdated(await hashPassword('correct horse battery', CHEAP))).toBe(true);
    expect(isOutdated(await hashPassword('correct horse battery'))).toBe(false);
  });
});
