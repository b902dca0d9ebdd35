/** One of the keys that a file's data key is encrypted with. `encrypted` is as the file has it: armored text, base64 or a token. */
export type MasterKey =
  | { readonly type: 'age'; readonly recipient: string; readonly encrypted: string }
  | { readonly type: 'pgp'; readonly fingerprint: string; readonly encrypted: string }
  | {
      readonly type: 'aws_kms';
      readonly arn: string;
      /** To be assumed before. */
      readonly role?: string;
      readonly profile?: string;
      /** What AWS calls the encryption context. */
      readonly context: Readonly<Record<string, string>>;
      readonly encrypted: string;
    }
  | { readonly type: 'gcp_kms'; readonly resourceId: string; readonly encrypted: string }
  | {
      readonly type: 'azure_kv';
      readonly vaultUrl: string;
      readonly name: string;
      readonly version: string;
      readonly encrypted: string;
    }
  | {
      readonly type: 'hc_vault';
      readonly address: string;
      /** Where the transit engine is mounted. */
      readonly enginePath: string;
      readonly name: string;
      readonly encrypted: string;
    }
  /** A kind that SOPS may have and we don't. */
  | { readonly type: 'unknown'; readonly field: string; readonly encrypted: string };

/** `age recipient age1…`, `PGP key FINGERPRINT`: what a person looks for in his own keys. */
export function describeMasterKey(key: MasterKey): string {
  switch (key.type) {
    case 'age':
      return `age recipient ${key.recipient}`;
    case 'pgp':
      return `PGP key ${key.fingerprint}`;
    case 'aws_kms':
      return `AWS KMS key ${key.arn}`;
    case 'gcp_kms':
      return `GCP KMS key ${key.resourceId}`;
    case 'azure_kv':
      return `Azure Key Vault key ${key.vaultUrl}/keys/${key.name}/${key.version}`;
    case 'hc_vault':
      return `Vault transit key ${key.address}/v1/${key.enginePath}/keys/${key.name}`;
    case 'unknown':
      return `key of the kind ${key.field}`;
  }
}
