import { SekishoError } from '@sekisho/base';

/** Loads a package that this one does not depend on. */
export type LoadModule = (name: string) => Promise<unknown>;

/** What is installed beside Sekisho, or in the folder of whoever runs it. */
export const loadInstalled: LoadModule = (name) => import(name);

/**
 * A package that only some need: the SDKs of clouds are larger than all else.
 *
 * @throws SekishoError SOPS_SDK_MISSING
 */
export async function optionalModule<T>(load: LoadModule, name: string): Promise<T> {
  try {
    return (await load(name)) as T;
  } catch (cause) {
    throw new SekishoError('SOPS_SDK_MISSING', `the package ${name} is needed for it and is not installed`, {
      cause,
      hint: `Install it where Sekisho is installed: npm install ${name}`,
    });
  }
}

/** What a key service said, as an error: tried again when it may have been away. Its message holds no keys. */
export function serviceFailure(service: string, error: unknown): SekishoError {
  const { name, message, code, status, statusCode, $metadata } = error as Record<string, unknown> & {
    $metadata?: { httpStatusCode?: number };
  };
  const answered = Number(statusCode ?? status ?? $metadata?.httpStatusCode ?? 0);
  const isDenied = (answered >= 400 && answered < 500 && answered !== 429) || code === 7 || code === 5 || code === 16;
  const text = String(message ?? name ?? 'no answer')
    .split('\n', 1)[0]
    ?.slice(0, 300);
  return new SekishoError('SOPS_KEY_SERVICE', `${service} did not decrypt it: ${text}`, {
    retryable: !isDenied,
    cause: error,
  });
}
