import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SekishoError } from '@sekisho/base';
import { type BundleFiles, type PlainObject, parseJson, signBundle, type Verification } from '@sekisho/rego';
import type { CheckWorld } from '../check/world.ts';

export interface SigningFlags {
  readonly signingKey?: string;
  readonly signingAlg: string;
  readonly claimsFile?: string;
}

export interface VerificationFlags {
  readonly verificationKey?: string;
  readonly verificationKeyId: string;
  readonly scope?: string;
  readonly excludeFilesVerify?: readonly string[];
  readonly signingAlg: string;
}

/** Content of `.signatures.json`. @throws SekishoError REGO_SIGNING */
export async function signatures(files: BundleFiles, flags: SigningFlags, world: CheckWorld): Promise<Uint8Array> {
  const { signingKey, signingAlg: algorithm, claimsFile } = flags;
  if (signingKey === undefined)
    throw new SekishoError('USAGE', 'There is no key to sign with.', {
      hint: 'Name a file with a private key in PEM, or for HS256 with a secret: --signing-key FILE.',
    });
  const claims = claimsFile === undefined ? undefined : await readClaims(claimsFile, world);
  const key = await keyOf(signingKey, algorithm, world);
  return signBundle(files, { key, algorithm, ...(claims === undefined ? {} : { claims }) });
}

export async function verificationOf(flags: VerificationFlags, world: CheckWorld): Promise<Verification | undefined> {
  const { verificationKey, verificationKeyId: id, signingAlg: algorithm, scope, excludeFilesVerify: exclude } = flags;
  if (verificationKey === undefined) return undefined;
  return {
    keys: [{ id, key: await keyOf(verificationKey, algorithm, world), algorithm }],
    keyId: id,
    ...(scope === undefined ? {} : { scope }),
    ...(exclude === undefined ? {} : { exclude }),
  };
}

/** A secret may stand on the command line itself; keys are files. */
async function keyOf(given: string, algorithm: string, world: CheckWorld): Promise<string> {
  try {
    const text = await readFile(resolve(world.cwd, given), 'utf8');
    return algorithm.startsWith('HS') ? text.replace(/\r?\n$/, '') : text;
  } catch (cause) {
    if (algorithm.startsWith('HS')) return given;
    if (given.includes('-----BEGIN ')) return given;
    throw new SekishoError('PATH_MISSING', 'The file of the key can not be read.', {
      cause,
      hint: `${algorithm} needs a key in PEM; a secret goes with --signing-alg HS256.`,
    });
  }
}

async function readClaims(path: string, world: CheckWorld): Promise<PlainObject> {
  let claims: unknown;
  try {
    claims = parseJson(await readFile(resolve(world.cwd, path), 'utf8'));
  } catch (cause) {
    throw new SekishoError('REGO_CLAIMS', `The claims of ${path} can't be read as JSON.`, { cause });
  }
  if (typeof claims === 'object' && claims !== null && !Array.isArray(claims)) return claims as PlainObject;
  throw new SekishoError('REGO_CLAIMS', `The claims of ${path} are no object.`);
}
