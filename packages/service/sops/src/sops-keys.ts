import { createHmac, randomBytes } from 'node:crypto';
import type { MasterKey, OpenKey } from '@sekisho/sops';
import { ageIdentitiesIn, ageSource } from './age.ts';
import { type AwsCredentials, awsKmsSource } from './aws-kms.ts';
import { type AzureCredentials, azureKeyVaultSource } from './azure-key-vault.ts';
import { gcpKmsSource } from './gcp-kms.ts';
import { type GpgOptions, gpgSource } from './gpg-process.ts';
import { type AnyKeySource, openWith } from './key-source.ts';
import { type LoadModule, loadInstalled } from './optional-module.ts';
import { pgpSource } from './pgp.ts';
import { type VaultAccess, vaultTransitSource } from './vault-transit.ts';

/** Keys at hand. All optional; without any, nothing is opened. */
export interface SopsKeyMaterial {
  /** Files as age-keygen writes them: comments, and an identity per line. */
  readonly age?: readonly string[];
  /** Armored private keys without a passphrase. */
  readonly pgp?: readonly string[];
  readonly vault?: VaultAccess | undefined;
  readonly aws?: AwsCredentials | undefined;
  /** The JSON of a service account. */
  readonly gcp?: unknown;
  readonly azure?: AzureCredentials | undefined;
  /** Whether clouds are asked with what their SDKs find on this machine. Default false. */
  readonly ambientCloud?: boolean;
  /** Asks gpg for the keys of whoever runs this program. */
  readonly gpg?: GpgOptions | undefined;
}

export interface SopsKeys {
  readonly openKey: OpenKey;
  /** Names the keys, and tells nothing of them: equal in one process for equal keys. For keys of caches. */
  readonly identity: string;
}

/** So that nobody can try keys out on an identity that got out. */
const SALT = randomBytes(32);

/** Opens master keys of SOPS files with what is given. */
export function createSopsKeys(material: SopsKeyMaterial, load: LoadModule = loadInstalled): SopsKeys {
  const { age = [], pgp = [], vault, aws, gcp, azure, ambientCloud = false, gpg } = material;
  const identities = age.flatMap(ageIdentitiesIn);
  const sources: AnyKeySource[] = [];
  if (identities.length > 0) sources.push(ageSource(identities));
  if (pgp.length > 0) sources.push(pgpSource(pgp));
  if (gpg !== undefined) sources.push(gpgSource(gpg));
  if (vault !== undefined) sources.push(vaultTransitSource(vault));
  if (aws !== undefined || ambientCloud) sources.push(awsKmsSource(load, aws));
  if (gcp !== undefined || ambientCloud) sources.push(gcpKmsSource(load, gcp));
  if (azure !== undefined || ambientCloud) sources.push(azureKeyVaultSource(load, azure));
  const identity = createHmac('sha256', SALT)
    .update(JSON.stringify([identities, pgp, vault, aws, gcp, azure, ambientCloud, gpg?.program]))
    .digest('hex')
    .slice(0, 32);
  return { openKey: openWith(sources, missing), identity };
}

function missing(type: MasterKey['type']): string {
  switch (type) {
    case 'age':
      return 'no age identity is given';
    case 'pgp':
      return 'no private PGP key is given';
    case 'hc_vault':
      return 'no token for Vault is given';
    case 'aws_kms':
    case 'gcp_kms':
    case 'azure_kv':
      return 'no credentials for this cloud are given';
    case 'unknown':
      return 'keys of this kind are not supported';
  }
}
