import { SekishoError } from '@sekisho/base';
import {
  type CheckInfo,
  formatScores,
  kubeScoreChecks,
  kubesecScore,
  locateField,
  type ScoredObject,
  type ScoreFormat,
  scoreObjects,
  writeKubesecJson,
} from '@sekisho/policy';
import type { CheckWorld } from '../check/world.ts';
import { ExitCode } from '../exit-code.ts';
import { printable } from '../output/text.ts';
import { type ManifestObject, readManifests } from './read-manifests.ts';

export interface ScoreFlags {
  readonly outputFormat: ScoreFormat;
  readonly exitOneOnWarning?: boolean;
  readonly ignoreTest?: readonly string[];
  readonly enableOptionalTest?: readonly string[];
  readonly allDefaultOptional?: boolean;
  readonly ignoreContainerCpuLimit?: boolean;
  readonly ignoreContainerMemoryLimit?: boolean;
  readonly disableIgnoreChecksAnnotations?: boolean;
  readonly disableOptionalChecksAnnotations?: boolean;
  readonly kubernetesVersion: string;
  readonly minReplicasDeployment: string;
  readonly minReplicasHpa: string;
  readonly kubesec?: boolean;
  readonly exitCode: string;
  readonly list?: boolean;
  readonly skipped?: boolean;
  readonly verbose?: boolean;
  readonly color?: boolean;
}

/**
 * Scores manifests as kube-score does, with `--kubesec` as kubesec does.
 *
 * @returns the exit status: 1 when a result is critical (with `--exit-one-on-warning` also a warning); with `--kubesec`
 *   that of `--exit-code` when an object scores nothing or less
 */
export async function score(
  paths: readonly string[],
  flags: ScoreFlags,
  world: CheckWorld,
  signal: AbortSignal,
): Promise<number> {
  if (flags.list === true) {
    world.stdout(listOfChecks());
    return ExitCode.ok;
  }
  if (paths.length === 0) {
    throw new SekishoError('USAGE', 'There is no file to score.', { hint: 'Name files or folders, or - for stdin.' });
  }
  checkIds([...(flags.ignoreTest ?? []), ...(flags.enableOptionalTest ?? [])]);
  const objects = await readManifests(paths, world, signal);
  if (objects.length === 0) {
    throw new SekishoError('CHECK_INPUT', 'Invalid input: the files hold no object.', {
      hint: 'They are empty, or hold nothing but comments.',
    });
  }
  return flags.kubesec === true ? scoreAsKubesec(objects, flags, world) : scoreAsKubeScore(objects, flags, world);
}

function scoreAsKubeScore(objects: readonly ManifestObject[], flags: ScoreFlags, world: CheckWorld): number {
  const optional = kubeScoreChecks.filter((check) => check.optional).map(({ id }) => id);
  const scores = scoreObjects(objects, {
    kubernetesVersion: flags.kubernetesVersion,
    enabledOptional: flags.allDefaultOptional === true ? optional : (flags.enableOptionalTest ?? []),
    ignored: flags.ignoreTest ?? [],
    useIgnoreAnnotation: flags.disableIgnoreChecksAnnotations !== true,
    useEnableAnnotation: flags.disableOptionalChecksAnnotations !== true,
    ignoreContainerCpuLimit: flags.ignoreContainerCpuLimit === true,
    ignoreContainerMemoryLimit: flags.ignoreContainerMemoryLimit === true,
    minReplicasDeployment: Number(flags.minReplicasDeployment),
    minReplicasHpa: Number(flags.minReplicasHpa),
  });
  const color = world.isTerminal && flags.color !== false && (world.env['NO_COLOR'] ?? '') === '';
  const written = new Map(objects.map((object) => [object.object, object]));
  const text = formatScores(scores, flags.outputFormat, {
    locate: ({ object }, field) => written.get(object)?.originOf(locateField(object, field)),
    verbosity: flags.skipped === true ? 2 : flags.verbose === true ? 1 : 0,
    color,
    width: Number(world.env['COLUMNS']) || process.stdout.columns || DEFAULT_WIDTH,
  });
  world.stdout(printableExceptColors(text));
  return isBad(scores, flags.exitOneOnWarning === true ? 5 : 1) ? ExitCode.notGood : ExitCode.ok;
}

const DEFAULT_WIDTH = 80;

function isBad(scores: readonly ScoredObject[], threshold: number): boolean {
  return scores.some(({ results }) => results.some(({ grade, skipped }) => !skipped && grade <= threshold));
}

function scoreAsKubesec(objects: readonly ManifestObject[], flags: ScoreFlags, world: CheckWorld): number {
  const reports = objects.map(({ object, origin }) => ({
    score: kubesecScore(object),
    fileName: origin.file,
  }));
  world.stdout(writeKubesecJson(reports));
  return reports.some(({ score: { score: points } }) => points <= 0) ? Number(flags.exitCode) : ExitCode.ok;
}

function checkIds(ids: readonly string[]): void {
  const known = new Set(kubeScoreChecks.map(({ id }) => id));
  const wrong = ids.filter((id) => !known.has(id));
  if (wrong.length === 0) return;
  throw new SekishoError('USAGE', `There is no check ${wrong.join(', ')}.`, {
    hint: 'sekisho score --list shows all of them.',
  });
}

/** As `kube-score list`: id, target, what it protects from, whether it is on. */
function listOfChecks(): string {
  const quote = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const line = ({ id, target, why, optional }: CheckInfo) =>
    [id, target, quote(why), optional ? 'optional' : 'default'].join(',');
  return `${kubeScoreChecks.map(line).join('\n')}\n`;
}

/** {@link printable} that leaves our own colours; those of a stranger do no harm. */
function printableExceptColors(text: string): string {
  return text
    .split(COLOR)
    .map((part, index) => (index % 2 === 1 ? part : printable(part)))
    .join('');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
const COLOR = /(\u001b\[\d{1,2}m)/;
