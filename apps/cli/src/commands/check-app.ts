import { formatDiagnostic } from '@sekisho/base';
import { exitStatus, formatResults } from '@sekisho/conftest';
import type { FolderJudgement } from '../check/application/judge-folder.ts';
import { resultsOf } from '../check/application/verdict-results.ts';
import type { CheckVerb } from '../check/commands.ts';
import { type CheckSettings, type GivenFlags, resolveSettings } from '../check/settings.ts';
import type { CheckWorld } from '../check/world.ts';
import { printable } from '../output/text.ts';
import type { RenderFlags } from '../render/render-flags.ts';
import { version } from '../version.ts';

interface CheckAppFlags extends RenderFlags {
  readonly appNamespace?: string;
  readonly revision?: string;
  readonly explain?: boolean;
}

/** Outputs whose messages may have several lines; the others carry an explanation as data, or not at all. */
const EXPLAINING: ReadonlySet<string> = new Set(['stdout', 'table', 'junit', 'github']);

/** `sekisho check app PATH|NAME` */
export const checkApp: CheckVerb = async ([target = ''], given, world, signal) => {
  const flags = given as GivenFlags & CheckAppFlags;
  const settings = await resolveSettings(given, world);
  const { isPath, noPath } = await import('./render.ts');
  const judged = (await isPath(target, flags))
    ? await judgePath(target, flags, settings, world, signal)
    : await noPath(target, async () => {
        const { judgeApplicationThere } = await import('../check/application/judge-application.ts');
        return judgeApplicationThere(target, flags, signal);
      });
  for (const diagnostic of judged.diagnostics) {
    world.stderr(`${diagnostic.severity}: ${printable(formatDiagnostic(diagnostic))}\n`);
    if (diagnostic.hint !== undefined) world.stderr(`  ${printable(diagnostic.hint)}\n`);
  }
  const explain = flags.explain === true;
  const results = resultsOf(judged, { explain, inMessage: EXPLAINING.has(settings.output) });
  world.stdout(formatResults(settings.output, results, { ...settings, showPositions: true, version }));
  const isFaulty = judged.diagnostics.some(({ severity }) => severity === 'error');
  return isFaulty && !settings.noFail ? Math.max(1, exitStatus(results, settings)) : exitStatus(results, settings);
};

async function judgePath(
  path: string,
  flags: CheckAppFlags,
  settings: CheckSettings,
  world: CheckWorld,
  signal: AbortSignal,
): Promise<FolderJudgement> {
  // None of it is loaded to ask a server.
  const [{ renderLocal }, { readLocalPolicies }, { judgeFolder }] = await Promise.all([
    import('../render/render-path.ts'),
    import('../check/application/policy-sources.ts'),
    import('../check/application/judge-folder.ts'),
  ]);
  const namespace = flags.appNamespace ?? 'default';
  const { cwd } = world;
  const { manifests, files, ok } = await renderLocal(path, flags, {
    namespace,
    revision: flags.revision,
    signal,
    cwd,
    stderr: world.stderr,
  });
  const policies = await readLocalPolicies(settings.policy, { ...settings, world, signal });
  const judged = await judgeFolder(manifests, policies, {
    namespace,
    explain: flags.explain === true,
    files,
    cwd,
    now: Date.now(),
    signal,
  });
  if (ok) return judged;
  const message = `${path} can't be rendered as it is: what was rendered is checked all the same`;
  return {
    ...judged,
    diagnostics: [...judged.diagnostics, { code: 'RENDER_FAILED', severity: 'error', message }],
  };
}
