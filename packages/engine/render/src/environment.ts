import type { RenderContext } from './context.ts';
import type { RecordingFiles } from './recording-files.ts';

/** Replaces `$ARGOCD_APP_…` in a text. */
export type Substitute = (text: string) => string;

/**
 * Argo CD's build environment: `$NAME` and `${NAME}` become what they stand for, unknown ones nothing, and `$$` a dollar.
 * Whoever names the commit depends on it.
 */
export function createSubstitution(context: RenderContext, files: RecordingFiles): Substitute {
  const { options } = context;
  const { revision = '', repo = '' } = options;
  const name = options.application?.name ?? options.release?.name ?? '';
  const variables: Readonly<Record<string, string>> = {
    ARGOCD_APP_NAME: name,
    ARGOCD_APP_NAMESPACE: options.release?.namespace ?? '',
    ARGOCD_APP_PROJECT_NAME: options.application?.project ?? '',
    ARGOCD_APP_REVISION: revision,
    ARGOCD_APP_REVISION_SHORT: revision.slice(0, 7),
    ARGOCD_APP_REVISION_SHORT_8: revision.slice(0, 8),
    ARGOCD_APP_SOURCE_REPO_URL: repo,
    ARGOCD_APP_SOURCE_PATH: options.path,
    ARGOCD_APP_SOURCE_TARGET_REVISION: options.application?.targetRevision ?? '',
  };
  return (text) =>
    text.replace(VARIABLE, (_match, braced: string | undefined, plain: string | undefined) => {
      const variable = braced ?? plain ?? '';
      if (variable === '$') return '$';
      context.dependsOn.add('application');
      if (variable.startsWith('ARGOCD_APP_REVISION')) files.noteRevision(revision);
      return Object.hasOwn(variables, variable) ? (variables[variable] ?? '') : '';
    });
}

/** As Go's os.Expand finds them: a name, a name in braces, or one special character. */
const VARIABLE = /\$(?:\{([^}]*)\}|(\w+|[*#$@!?-]))/g;
