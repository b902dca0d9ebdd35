import { SekishoError } from '@sekisho/base';
import { exitStatus, formatResults } from '@sekisho/conftest';
import type { CheckVerb } from '../check/commands.ts';
import { findInputs, readInputs } from '../check/input-files.ts';
import { parsedText } from '../check/parsed-text.ts';
import { type CheckSettings, resolveSettings } from '../check/settings.ts';
import type { CheckWorld } from '../check/world.ts';
import { version } from '../version.ts';

/** `sekisho check test FILE…` */
export const checkTest: CheckVerb = async (paths, flags, world, signal) => {
  const settings = await resolveSettings(flags, world);
  for (const url of settings.update) {
    const { pullPolicy } = await import('../check/pull/pull.ts');
    await pullPolicy(url, { target: settings.policy[0] ?? 'policy', tls: settings.tls, world, signal });
  }
  const { runTest } = await import('../check/run-test.ts');
  const results = await runTest(paths, settings, world, signal);
  world.stdout(formatResults(settings.output, results, formatOptions(settings, world)));
  return exitStatus(results, settings);
};

/** `sekisho check verify` */
export const checkVerify: CheckVerb = async (paths, flags, world, signal) => {
  const settings = await resolveSettings(flags, world);
  if (settings.report !== undefined && settings.output !== 'stdout') {
    throw new SekishoError('USAGE', 'report flag is supported with stdout only');
  }
  const { runVerify } = await import('../check/run-verify.ts');
  const { results, report } = await runVerify(paths, settings, world, signal);
  world.stdout(
    report ?? formatResults(settings.output, results, { ...formatOptions(settings, world), showSkipped: true }),
  );
  return exitStatus(results);
};

/** `sekisho check parse FILE…` */
export const checkParse: CheckVerb = async (paths, flags, world, signal) => {
  const settings = await resolveSettings(flags, world);
  const options = { ...settings, ignore: undefined, signal };
  const files = await findInputs(paths, options, world);
  world.stdout(parsedText(await readInputs(files, options, world), settings.combine));
  return 0;
};

/** `sekisho check fmt PATH…` */
export const checkFmt: CheckVerb = async (paths, flags, world, signal) => {
  const settings = await resolveSettings(flags, world);
  const { formatPolicies } = await import('../check/format-policies.ts');
  const changed = await formatPolicies(paths, {
    version: settings.regoVersion,
    write: flags['check'] !== true,
    world,
    signal,
  });
  if (flags['check'] !== true || changed.length === 0) return 0;
  world.stderr(`Error: files not formatted\n${changed.map((file) => `${file}\n`).join('')}`);
  return 1;
};

/** `sekisho check doc PATH…` */
export const checkDoc: CheckVerb = async (paths, flags, world, signal) => {
  const settings = await resolveSettings(flags, world);
  const { writeDocumentation } = await import('../check/documentation.ts');
  await writeDocumentation(paths, {
    outDir: String(flags['outDir'] ?? '.'),
    template: flags['template'] === undefined ? undefined : String(flags['template']),
    version: settings.regoVersion,
    world,
    signal,
  });
  return 0;
};

/** `sekisho check pull URL` */
export const checkPull: CheckVerb = async ([url = ''], flags, world, signal) => {
  const settings = await resolveSettings(flags, world);
  const { pullPolicy } = await import('../check/pull/pull.ts');
  await pullPolicy(url, {
    target: settings.policy[0] ?? 'policy',
    anywhere: flags['absolutePaths'] === true,
    tls: settings.tls,
    world,
    signal,
  });
  return 0;
};

/** `sekisho check push REPOSITORY [FOLDER]` */
export const checkPush: CheckVerb = async ([repository = '', folder], flags, world, signal) => {
  const settings = await resolveSettings(flags, world);
  const { pushPolicy } = await import('../check/pull/push.ts');
  const policy = folder ?? settings.policy[0] ?? 'policy';
  const data = settings.data[0] ?? policy;
  const pushed = await pushPolicy(repository, {
    policy,
    data,
    tls: settings.tls,
    version: settings.regoVersion,
    world,
    signal,
  });
  world.stdout(`${pushed}\n`);
  return 0;
};

function formatOptions(settings: CheckSettings, world: CheckWorld) {
  return { ...settings, showPositions: world.isTerminal, version };
}
