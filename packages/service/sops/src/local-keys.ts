import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { SekishoError } from '@sekisho/base';
import { createSopsKeys, type SopsKeys } from './sops-keys.ts';
import type { VaultAccess } from './vault-transit.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const MAX_KEY_FILE_BYTES = 1024 * 1024;

/**
 * The keys of a person at a terminal, where sops looks for them: SOPS_AGE_KEY, SOPS_AGE_KEY_FILE, `sops/age/keys.txt` in the
 * configuration folder, gpg's own keys, VAULT_ADDR with VAULT_TOKEN or `~/.vault-token`, and what the SDKs of clouds find.
 *
 * @throws SekishoError SOPS_KEY_FILE when SOPS_AGE_KEY_FILE names no readable file
 */
export async function createLocalSopsKeys(env: Environment, home: string = homedir()): Promise<SopsKeys> {
  const inline = env['SOPS_AGE_KEY'];
  const named = env['SOPS_AGE_KEY_FILE'];
  const usual = await Promise.all(usualFiles(env, home).map(readIfThere));
  const files = [named ? await readAgeKeyFile(named) : undefined, inline, ...usual];
  return createSopsKeys({
    age: files.filter((text) => text !== undefined),
    gpg: { program: env['SOPS_GPG_EXEC'], env },
    vault: await vaultAccess(env, home),
    ambientCloud: true,
  });
}

/** @throws SekishoError SOPS_KEY_FILE */
export async function readAgeKeyFile(path: string): Promise<string> {
  try {
    return await readBounded(path);
  } catch (cause) {
    throw new SekishoError('SOPS_KEY_FILE', `the file of age identities ${path} can't be read`, {
      cause,
      hint: 'Check SOPS_AGE_KEY_FILE (or SEKISHO_SOPS_AGE_KEY_FILE): age-keygen makes such a file.',
    });
  }
}

function usualFiles(env: Environment, home: string): string[] {
  const folder = env['XDG_CONFIG_HOME'] || join(home, '.config');
  const files = [join(folder, 'sops', 'age', 'keys.txt')];
  if (process.platform === 'darwin')
    files.push(join(home, 'Library', 'Application Support', 'sops', 'age', 'keys.txt'));
  return files;
}

async function vaultAccess(env: Environment, home: string): Promise<VaultAccess | undefined> {
  const address = env['VAULT_ADDR'];
  if (!address) return undefined;
  const token = (env['VAULT_TOKEN'] || (await readIfThere(join(home, '.vault-token'))))?.trim();
  return token ? { address, token, namespace: env['VAULT_NAMESPACE'] } : undefined;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readBounded(path);
  } catch {
    return undefined;
  }
}

async function readBounded(path: string): Promise<string> {
  const text = await readFile(path, 'utf8');
  if (text.length > MAX_KEY_FILE_BYTES) throw new Error('the file is too large');
  return text;
}
