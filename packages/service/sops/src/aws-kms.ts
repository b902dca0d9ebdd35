import type { KeySource } from './key-source.ts';
import { type LoadModule, optionalModule, serviceFailure } from './optional-module.ts';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

interface KmsSdk {
  readonly KMSClient: new (
    options: object,
  ) => {
    send(command: object, options: object): Promise<{ Plaintext?: Uint8Array }>;
    destroy?(): void;
  };
  readonly DecryptCommand: new (input: object) => object;
}

interface CredentialProviders {
  fromTemporaryCredentials(options: object): unknown;
  fromIni(options: object): unknown;
}

const ARN = /^arn:aws[\w-]*:kms:([a-z0-9-]+):\d+:(?:key|alias)\/[\w/-]+$/;

/**
 * Opens with AWS KMS through @aws-sdk/client-kms, which is loaded when a file needs it.
 *
 * @param credentials default: those the SDK finds (environment, profile, role of the machine)
 */
export function awsKmsSource(load: LoadModule, credentials?: AwsCredentials): KeySource<'aws_kms'> {
  return {
    type: 'aws_kms',
    async open({ arn, role, profile, context, encrypted }, abortSignal) {
      const region = ARN.exec(arn)?.[1];
      if (region === undefined) return { reason: 'its ARN is none of a KMS key' };
      const { KMSClient, DecryptCommand } = await optionalModule<KmsSdk>(load, '@aws-sdk/client-kms');
      const client = new KMSClient({ region, maxAttempts: 2, ...(await signIn(load, credentials, role, profile)) });
      try {
        const command = new DecryptCommand({
          KeyId: arn,
          CiphertextBlob: Buffer.from(encrypted, 'base64'),
          ...(Object.keys(context).length === 0 ? {} : { EncryptionContext: context }),
        });
        const { Plaintext } = await client.send(command, { abortSignal });
        return Plaintext ?? { reason: 'AWS KMS gave nothing' };
      } catch (error) {
        throw serviceFailure('AWS KMS', error);
      } finally {
        client.destroy?.();
      }
    },
  };
}

async function signIn(
  load: LoadModule,
  credentials: AwsCredentials | undefined,
  role: string | undefined,
  profile: string | undefined,
): Promise<object> {
  if (role === undefined && (profile === undefined || credentials !== undefined)) {
    return credentials === undefined ? {} : { credentials };
  }
  const providers = await optionalModule<CredentialProviders>(load, '@aws-sdk/credential-providers');
  const own = credentials ?? (profile === undefined ? undefined : providers.fromIni({ profile }));
  if (role === undefined) return { credentials: own };
  const params = { RoleArn: role, RoleSessionName: 'sekisho' };
  const masterCredentials = own === undefined ? {} : { masterCredentials: own };
  return { credentials: providers.fromTemporaryCredentials({ params, ...masterCredentials }) };
}
