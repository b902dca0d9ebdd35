import type { KeySource } from './key-source.ts';
import { type LoadModule, optionalModule, serviceFailure } from './optional-module.ts';

/** A service principal. */
export interface AzureCredentials {
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

interface KeysSdk {
  readonly CryptographyClient: new (
    keyId: string,
    credential: unknown,
  ) => {
    decrypt(parameters: object, options: object): Promise<{ result: Uint8Array }>;
  };
}

interface IdentitySdk {
  readonly DefaultAzureCredential: new () => unknown;
  readonly ClientSecretCredential: new (tenant: string, client: string, secret: string) => unknown;
}

/** The addresses come from files in repositories: nobody else gets our token. */
const VAULTS = ['.vault.azure.net', '.managedhsm.azure.net', '.vault.azure.cn', '.vault.usgovcloudapi.net'];

/**
 * Opens with Azure Key Vault through @azure/keyvault-keys and @azure/identity, which are loaded when a file needs them.
 *
 * @param credentials default: those the SDK finds
 */
export function azureKeyVaultSource(load: LoadModule, credentials?: AzureCredentials): KeySource<'azure_kv'> {
  return {
    type: 'azure_kv',
    async open({ vaultUrl, name, version, encrypted }, abortSignal) {
      const keyId = addressOf(vaultUrl, name, version);
      if (keyId === undefined) return { reason: 'its address is none of a vault of Azure' };
      const { CryptographyClient } = await optionalModule<KeysSdk>(load, '@azure/keyvault-keys');
      const identity = await optionalModule<IdentitySdk>(load, '@azure/identity');
      const credential =
        credentials === undefined
          ? new identity.DefaultAzureCredential()
          : new identity.ClientSecretCredential(credentials.tenantId, credentials.clientId, credentials.clientSecret);
      try {
        const ciphertext = Buffer.from(encrypted, 'base64url');
        const client = new CryptographyClient(keyId, credential);
        return (await client.decrypt({ algorithm: 'RSA-OAEP-256', ciphertext }, { abortSignal })).result;
      } catch (error) {
        throw serviceFailure('Azure Key Vault', error);
      }
    },
  };
}

function addressOf(vaultUrl: string, name: string, version: string): string | undefined {
  if (!URL.canParse(vaultUrl) || !/^[\w-]+$/.test(name) || !/^\w*$/.test(version)) return undefined;
  const { protocol, hostname, origin } = new URL(vaultUrl);
  if (protocol !== 'https:' || !VAULTS.some((ending) => hostname.endsWith(ending))) return undefined;
  return `${origin}/keys/${name}${version === '' ? '' : `/${version}`}`;
}
