import { parseYamlDocuments } from '@sekisho/base';
import type { SopsKeyMaterial } from './sops-keys.ts';

/**
 * Keys out of a Secret, under the names that Flux gives them: `*.agekey`, `*.asc`, `sops.vault-token`, `sops.aws-kms`,
 * `sops.gcp-kms`, `sops.azure-kv`. One is ours: `sops.vault-address`, without which the token goes nowhere.
 *
 * @param data decoded
 */
export function keysOfSecret(data: Readonly<Record<string, string>>): SopsKeyMaterial {
  const ending = (suffix: string) =>
    Object.entries(data)
      .filter(([name]) => name.endsWith(suffix))
      .map(([, text]) => text);
  const token = data['sops.vault-token']?.trim();
  const address = data['sops.vault-address']?.trim() ?? '';
  const aws = fieldsOf(data['sops.aws-kms']);
  const gcp = fieldsOf(data['sops.gcp-kms']);
  const azure = fieldsOf(data['sops.azure-kv']);
  return {
    age: ending('.agekey'),
    pgp: ending('.asc'),
    vault: token === undefined ? undefined : { address, token },
    aws: aws && {
      accessKeyId: textOf(aws['aws_access_key_id']),
      secretAccessKey: textOf(aws['aws_secret_access_key']),
      sessionToken: aws['aws_session_token'] === undefined ? undefined : textOf(aws['aws_session_token']),
    },
    gcp,
    azure: azure && {
      tenantId: textOf(azure['tenantId']),
      clientId: textOf(azure['clientId']),
      clientSecret: textOf(azure['clientSecret']),
    },
  };
}

/** YAML or JSON; what is neither opens nothing. */
function fieldsOf(text: string | undefined): Record<string, unknown> | undefined {
  const value = text === undefined ? undefined : parseYamlDocuments(text, { file: 'secret' }).documents[0]?.value;
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
