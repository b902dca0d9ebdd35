import { isSekishoError, SekishoError } from '@sekisho/base';
import { findFiles, readBounded } from './disk.ts';

/** Text of a policy, under the name that errors give it. */
export interface PolicyFile {
  readonly file: string;
  readonly text: string;
}

const MAX_POLICY_BYTES = 16 * 1024 * 1024;

/**
 * All `.rego` files of files and folders; those of tests (`_test.rego`) only when asked for. A file that is named itself
 * counts whatever it is called.
 *
 * @param options  accept: which paths of folders count, default all; mayBeNone: it is no error that there is none
 * @throws SekishoError PATH_MISSING, CHECK_NO_POLICY, CHECK_FILE_TOO_LARGE, CHECK_NOT_TEXT
 */
export async function readPolicies(
  paths: readonly string[],
  options: {
    readonly cwd: string;
    readonly signal: AbortSignal;
    readonly withTests: boolean;
    readonly accept?: (path: string) => boolean;
    readonly mayBeNone?: boolean;
  },
): Promise<PolicyFile[]> {
  const policies = new Map<string, PolicyFile>();
  for (const path of paths) {
    const { files, isFolder } = await findFiles(path, options).catch((error: unknown) => {
      throw isSekishoError(error, 'PATH_MISSING') ? noPolicies(path, error) : error;
    });
    for (const found of files) {
      const isPolicy = found.path.endsWith('.rego') && (options.withTests || !found.path.endsWith('_test.rego'));
      if (isFolder && !isPolicy) continue;
      if (!isFolder && !found.path.endsWith('.rego')) continue;
      options.signal.throwIfAborted();
      policies.set(found.absolute, {
        file: found.path,
        text: textOf(found.path, await readBounded(found, MAX_POLICY_BYTES)),
      });
    }
  }
  if (policies.size === 0 && options.mayBeNone !== true) {
    throw new SekishoError('CHECK_NO_POLICY', `no policies found in [${paths.join(' ')}]`, {
      hint: 'Name files or folders with .rego files by --policy.',
    });
  }
  return [...policies.values()];
}

function noPolicies(path: string, cause: unknown): SekishoError {
  return new SekishoError('PATH_MISSING', `There are no policies at ${path}: there is nothing of that name.`, {
    cause,
    hint: 'Policies are .rego files in the folder "policy", or in what --policy names. `sekisho check pull` fetches some.',
  });
}

function textOf(path: string, content: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    throw new SekishoError('CHECK_NOT_TEXT', `${path} is not UTF-8 text.`);
  }
}
