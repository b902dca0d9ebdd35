import { type Diagnostic, SekishoError } from '@sekisho/base';
import type { RenderOptions } from '@sekisho/render';
import type { ThreadFaults } from '@sekisho/thread-pool';

export const FAULTS: ThreadFaults = {
  timeout: (ms) => new SekishoError('RENDER_TIMEOUT', `rendering took more than ${ms / 1000} s`),
  memory: () => new SekishoError('RENDER_MEMORY', 'rendering needs more memory than it may have'),
  failed: (cause) =>
    new SekishoError('RENDER_WORKER_FAILED', 'The thread that renders ended.', { cause, retryable: true }),
  busy: (maxWaiting) =>
    new SekishoError('RENDER_BUSY', `More than ${maxWaiting} renders wait already.`, { retryable: true }),
  closed: () => new SekishoError('RENDER_CLOSED', 'Renders have been stopped.'),
};

/** The diagnostic for a render that went over a limit; undefined for other errors. */
export function limitDiagnostic(
  error: SekishoError,
  { path, repo, revision }: RenderOptions,
  limits: { readonly timeMs: number; readonly memoryMb: number },
): Diagnostic | undefined {
  const shown = path === '' ? '.' : path;
  const origin = {
    file: shown,
    ...(repo === undefined ? {} : { repo }),
    ...(revision === undefined ? {} : { revision }),
  };
  switch (error.code) {
    case 'RENDER_TIMEOUT':
      return {
        code: error.code,
        severity: 'error',
        message: `rendering ${shown} took more than the ${limits.timeMs / 1000} s allowed`,
        origin,
        hint: 'Look for templates that loop over many items or include themselves, or split the application.',
      };
    case 'RENDER_MEMORY':
      return {
        code: error.code,
        severity: 'error',
        message: `rendering ${shown} needs more than the ${limits.memoryMb} MiB of memory allowed`,
        origin,
        hint: 'Look for templates or patches that make very large objects, or split the application.',
      };
    default:
      return undefined;
  }
}
