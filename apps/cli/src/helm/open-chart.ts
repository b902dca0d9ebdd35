import { readFile, stat } from 'node:fs/promises';
import { basename, isAbsolute, join, resolve } from 'node:path';
import { SekishoError } from '@sekisho/base';
import type { Charts, ProvenanceCheck, SignedChart } from '@sekisho/charts';
import { type Chart, completeDependencies, type LoadedChart, loadChart, loadChartArchive } from '@sekisho/helm';
import type { CheckWorld } from '../check/world.ts';
import { diskFiles } from '../kustomize/disk-files.ts';
import type { ConnectionFlags } from './chart-access.ts';
import { ChartFaultError, usageError } from './fault-report.ts';
import { homeOf } from './home.ts';
import { readKnownRepositories, repositoryAliases } from './known-repositories.ts';

export interface ChartFlags extends ConnectionFlags {
  readonly repo?: string;
  readonly version?: string;
  readonly devel?: boolean;
  readonly dependencyUpdate?: boolean;
  readonly verify?: boolean;
  readonly keyring: string;
}

const MAX_ARCHIVE_BYTES = 50 * 1024 * 1024;
const PRERELEASES_TOO = '>0.0.0-0';

/**
 * Loads what CHART names: a folder or .tgz of this machine; with --repo a name in a repository; else an address.
 *
 * @throws ChartFaultError; SekishoError USAGE | PATH_MISSING | CHART_REPOSITORY_* | CHART_PROVENANCE_*
 */
export async function openChart(
  reference: string,
  flags: ChartFlags,
  world: CheckWorld,
  signal: AbortSignal,
): Promise<Chart> {
  const local = await loadLocal(reference.trim(), flags, world, signal);
  const remote = local === undefined ? await remoteOf(reference.trim(), flags, world) : { address: flags.repo ?? '' };
  const load = (charts: Charts) => loadRemote(remote, flags, world, charts, signal);
  const chart = local ?? (await withCharts(remote, flags, world, load));
  if (chart.metadata.deprecated) world.stderr('level=WARN msg="this chart is deprecated"\n');
  if (flags.dependencyUpdate !== true) return chart;
  return withCharts(remote, flags, world, async (charts) => {
    // As an update does: the newest of each range, whatever was locked.
    const aliases = await repositoryAliases(world);
    const options = { files: diskFiles(MAX_ARCHIVE_BYTES), fetchChart: charts.fetch, aliases, signal };
    return chartOf(await completeDependencies({ ...chart, lock: undefined }, options));
  });
}

/** What reaches the network loads when it is needed. */
async function withCharts<T>(
  remote: Remote,
  flags: ChartFlags,
  world: CheckWorld,
  work: (charts: Charts) => Promise<T>,
): Promise<T> {
  const { openCharts } = await import('./chart-access.ts');
  const charts = await openCharts(flags, remote.address, world);
  try {
    return await work(charts);
  } finally {
    await charts.close();
  }
}

/** Undefined when nothing is there. */
async function loadLocal(
  reference: string,
  flags: ChartFlags,
  world: CheckWorld,
  signal: AbortSignal,
): Promise<Chart | undefined> {
  const path = resolve(world.cwd, reference);
  const info = reference === '' ? undefined : await stat(path).catch(() => undefined);
  if (info === undefined) return undefined;
  if (flags.verify === true) await verifyLocal(path, info.isDirectory(), flags, world);
  return chartOf(await loadChart(diskFiles(MAX_ARCHIVE_BYTES), path.slice(1), { signal }));
}

/** A chart that is not on this machine. */
interface Remote {
  /** Of the repository; of the chart itself when it has no name. */
  readonly address: string;
  readonly name?: string;
}

const HOW = 'Name a folder, a .tgz, an address (https://, oci://), or a chart with --repo URL.';

/** @throws SekishoError USAGE | PATH_MISSING */
async function remoteOf(reference: string, { repo }: ChartFlags, world: CheckWorld): Promise<Remote> {
  if (isAbsolute(reference) || reference.startsWith('.'))
    throw new SekishoError('PATH_MISSING', `path ${JSON.stringify(reference)} not found`, { hint: HOW });
  if (repo !== undefined) return { address: repo, name: reference };
  if (/^(?:https?|oci):\/\//i.test(reference)) return { address: reference };
  const [, alias = '', name] = /^([^/]*)\/(.+)$/s.exec(reference) ?? [];
  if (name === undefined)
    throw usageError(`non-absolute URLs should be in form of repo_name/path_to_chart, got: ${reference}`, HOW);
  const known = (await readKnownRepositories(world)).get(alias);
  if (known === undefined) throw usageError(`repo ${alias} not found`, HOW);
  return { address: known.url, name };
}

async function loadRemote(
  remote: Remote,
  flags: ChartFlags,
  world: CheckWorld,
  charts: Charts,
  signal: AbortSignal,
): Promise<Chart> {
  const fetched = await fetchRemote(remote, flags, charts, signal);
  if (flags.verify === true) await verifyFetched(fetched, flags, world);
  return chartOf(loadChartArchive(fetched.archive, fetched.file));
}

function fetchRemote(
  { address, name }: Remote,
  { verify, devel, ...flags }: ChartFlags,
  charts: Charts,
  signal: AbortSignal,
): Promise<SignedChart> {
  const version = flags.version?.trim() || (devel === true ? PRERELEASES_TOO : '');
  if (name === undefined) return charts.download(address, { version, provenance: verify === true, signal });
  const request = { repository: address, name, version, signal };
  return verify === true ? charts.fetchSigned(request) : charts.fetch(request).then(unsigned(name));
}

function unsigned(name: string) {
  return ({ archive, version, digest }: Awaited<ReturnType<Charts['fetch']>>): SignedChart => ({
    archive,
    version,
    digest,
    file: `${name}-${version}.tgz`,
    provenance: undefined,
  });
}

/** @throws ChartFaultError */
export function chartOf({ chart, diagnostics }: Pick<LoadedChart, 'chart' | 'diagnostics'>): Chart {
  if (chart === undefined) throw new ChartFaultError(diagnostics);
  return chart;
}

async function verifyLocal(path: string, isFolder: boolean, flags: ChartFlags, world: CheckWorld): Promise<void> {
  if (isFolder) throw usageError('unpacked charts cannot be verified', 'Signatures are of archives: name the .tgz.');
  const provenance = await readFile(`${path}.prov`).catch((cause: unknown) => {
    throw new SekishoError('CHART_PROVENANCE_INVALID', `could not load provenance file ${path}.prov`, {
      cause,
      hint: 'It lies beside the archive: helm package --sign makes it.',
    });
  });
  await verify({ archive: await readFile(path), file: basename(path), provenance }, flags, world);
}

async function verifyFetched(
  { archive, file, provenance }: SignedChart,
  flags: ChartFlags,
  world: CheckWorld,
): Promise<void> {
  if (provenance === undefined) {
    throw new SekishoError('CHART_PROVENANCE_INVALID', `there is no provenance file of ${file}`, {
      hint: 'The repository does not sign it. Leave out --verify, or take the chart from elsewhere.',
    });
  }
  await verify({ archive, file, provenance }, flags, world);
}

async function verify(check: Omit<ProvenanceCheck, 'keyring'>, flags: ChartFlags, world: CheckWorld): Promise<void> {
  const keyring = await readKeyring(flags, world);
  const { verifyProvenance } = await import('@sekisho/charts');
  await verifyProvenance({ ...check, keyring });
}

async function readKeyring({ keyring }: ChartFlags, world: CheckWorld): Promise<Uint8Array> {
  const path = keyring.startsWith('~/') ? join(homeOf(world), keyring.slice(2)) : resolve(world.cwd, keyring);
  return readFile(path).catch((cause: unknown) => {
    throw new SekishoError('CHART_PROVENANCE_KEYRING', `failed to load keyring: ${path} can't be read`, {
      cause,
      hint: 'Make one with: gpg --export > keyring.gpg; then name it with --keyring.',
    });
  });
}
