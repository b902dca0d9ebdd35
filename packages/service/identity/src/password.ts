import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { SekishoError } from '@sekisho/base';

/** What a password costs: memory is 128 × 2^ln × r bytes. */
export interface ScryptCost {
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

/** 32 MiB and about a fifth of a second: what OWASP recommends for scrypt (2^15, 8, 3). */
export const DEFAULT_COST: ScryptCost = { ln: 15, r: 8, p: 3 };

export const MIN_PASSWORD_LENGTH = 12;
const MAX_PASSWORD_BYTES = 1024;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/**
 * The form in which a password is kept: `$scrypt$ln=15,r=8,p=3$SALT$HASH`, base64 without padding.
 *
 * @throws SekishoError PASSWORD_UNFIT (shorter than 12 characters, or longer than 1024 bytes)
 */
export async function hashPassword(password: string, cost: ScryptCost = DEFAULT_COST): Promise<string> {
  if ([...password].length < MIN_PASSWORD_LENGTH || Buffer.byteLength(password) > MAX_PASSWORD_BYTES) {
    throw new SekishoError('PASSWORD_UNFIT', `A password has at least ${MIN_PASSWORD_LENGTH} characters.`, {
      hint: 'A few words with spaces between them are easy to keep in mind.',
      details: { status: 422 },
    });
  }
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, cost);
  return `$scrypt$ln=${cost.ln},r=${cost.r},p=${cost.p}$${toText(salt)}$${toText(hash)}`;
}

/**
 * Whether it is the password. Takes as long for an account that doesn't exist (`stored` undefined) or whose stored form
 * can't be read as for one that does; both are false.
 *
 * @throws SekishoError SIGN_IN_LIMITED (retryable) when a hundred passwords wait to be checked
 */
export async function verifyPassword(password: string, stored: string | undefined): Promise<boolean> {
  const parsed = stored === undefined ? undefined : parseStored(stored);
  const { salt, hash, cost } = parsed ?? NOBODY;
  // Nobody's password is this long, and hashing megabytes is work for strangers to order.
  const fits = Buffer.byteLength(password) <= MAX_PASSWORD_BYTES;
  const derived = await derive(fits ? password : '', salt, cost);
  const equal = derived.length === hash.length && timingSafeEqual(derived, hash);
  return equal && fits && parsed !== undefined;
}

/** Whether a stored form is weaker than new ones, and should be made anew when the password is next known. */
export function isOutdated(stored: string): boolean {
  const cost = parseStored(stored)?.cost;
  if (cost === undefined) return true;
  return cost.ln < DEFAULT_COST.ln || cost.r < DEFAULT_COST.r || cost.p < DEFAULT_COST.p;
}

interface Stored {
  readonly salt: Buffer;
  readonly hash: Buffer;
  readonly cost: ScryptCost;
}

const NOBODY: Stored = { salt: randomBytes(SALT_BYTES), hash: randomBytes(HASH_BYTES), cost: DEFAULT_COST };

/** Parameters are bounded: a stored form may come from a Secret, and must not order gigabytes. */
function parseStored(text: string): Stored | undefined {
  const match = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{43,86})$/.exec(
    text,
  );
  if (match === null) return undefined;
  const [, ln = '', r = '', p = '', salt = '', hash = ''] = match;
  const cost: ScryptCost = { ln: Number(ln), r: Number(r), p: Number(p) };
  if (cost.ln < 10 || cost.ln > 18 || cost.r < 1 || cost.r > 16 || cost.p < 1 || cost.p > 8) return undefined;
  return { salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64'), cost };
}

/** Others of the process need the threads, too: one password at a time, the others wait in order. */
let turn: Promise<unknown> = Promise.resolve();
let waiting = 0;
/** About 20 s of work: who comes later would have given up before the turn comes. */
const MAX_WAITING = 100;

/** @throws SekishoError SIGN_IN_LIMITED */
function derive(password: string, salt: Buffer, cost: ScryptCost): Promise<Buffer> {
  if (waiting >= MAX_WAITING) {
    throw new SekishoError('SIGN_IN_LIMITED', 'Too many people sign in at this moment.', {
      retryable: true,
      hint: 'Try again in half a minute. Tokens and open sessions go on working.',
      details: { status: 429, retryAfterSeconds: 30 },
    });
  }
  waiting++;
  const derived = turn
    .then(() => scryptOf(password.normalize('NFKC'), salt, cost))
    .finally(() => {
      waiting--;
    });
  turn = derived.catch(() => {});
  return derived;
}

function scryptOf(password: string, salt: Buffer, { ln, r, p }: ScryptCost): Promise<Buffer> {
  const N = 2 ** ln;
  const options: ScryptOptions = { N, r, p, maxmem: 128 * N * r + 128 * r * p + 1024 * 1024 };
  return new Promise((resolve, reject) => {
    scrypt(password, salt, HASH_BYTES, options, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}

function toText(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
