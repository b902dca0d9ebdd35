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
  const { SOPS_AGE_KEY: inline, SOPS_AGE_KEY_FILE: named, SOPS_GPG_EXEC: program } = env;
  const usual = await Promise.all(usualFiles(env, home).map(readIfThere));
  const files = [named ? await readAgeKeyFile(named) : undefined, inline, ...usual];
  return createSopsKeys({
    age: files.filter((text) => text !== undefined),
    gpg: { program, env },
    vault: await vaultAccess(env, home),
    ambientCloud: true,
  });
}

/**
 * The keys of an installation, from the environment of its server: SEKISHO_SOPS_AGE_KEY_FILE (or SOPS_AGE_KEY_FILE,
 * SOPS_AGE_KEY), VAULT_ADDR with VAULT_TOKEN; with SEKISHO_SOPS_CLOUD=true, what the SDKs of clouds find on the machine.
 *
 * @throws SekishoError SOPS_KEY_FILE
 */
export async function createInstallationSopsKeys(env: Environment): Promise<SopsKeys> {
  const { SOPS_AGE_KEY: inline, SOPS_AGE_KEY_FILE: usual, SEKISHO_SOPS_AGE_KEY_FILE: own } = env;
  const file = own || usual;
  const { SEKISHO_SOPS_CLOUD: cloud } = env;
  const { VAULT_ADDR: address, VAULT_TOKEN: token, VAULT_NAMESPACE: namespace } = env;
  const age = [file ? await readAgeKeyFile(file) : undefined, inline];
  return createSopsKeys({
    age: age.filter((text) => text !== undefined),
    vault: address && token ? { address, token, namespace } : undefined,
    ambientCloud: cloud === 'true',
  });
}

async function readAgeKeyFile(path: string): Promise<string> {
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
  const { VAULT_ADDR: address, VAULT_TOKEN: given, VAULT_NAMESPACE: namespace } = env;
  if (!address) return undefined;
  const token = (given || (await readIfThere(join(home, '.vault-token'))))?.trim();
  return token ? { address, token, namespace } : undefined;
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
