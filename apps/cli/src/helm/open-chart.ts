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
  const name = reference.trim();
  const local = await loadLocal(name, flags, world, signal);
  const chart =
    local ?? (await withCharts(name, flags, world, (charts) => loadRemote(name, flags, world, charts, signal)));
  if (chart.metadata.deprecated) world.stderr('level=WARN msg="this chart is deprecated"\n');
  if (flags.dependencyUpdate !== true) return chart;
  return withCharts(name, flags, world, async (charts) => {
    // As an update does: the newest of each range, whatever was locked.
    const options = { files: diskFiles(MAX_ARCHIVE_BYTES), fetchChart: charts.fetch, signal };
    return chartOf(await completeDependencies({ ...chart, lock: undefined }, options));
  });
}

/** What reaches the network loads when it is needed. */
async function withCharts<T>(
  reference: string,
  flags: ChartFlags,
  world: CheckWorld,
  work: (charts: Charts) => Promise<T>,
): Promise<T> {
  const { openCharts } = await import('./chart-access.ts');
  const charts = await openCharts(flags, flags.repo ?? reference, world);
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

async function loadRemote(
  reference: string,
  flags: ChartFlags,
  world: CheckWorld,
  charts: Charts,
  signal: AbortSignal,
): Promise<Chart> {
  if (isAbsolute(reference) || reference.startsWith('.')) {
    throw new SekishoError('PATH_MISSING', `path ${JSON.stringify(reference)} not found`, {
      hint: 'Name a folder with a Chart.yaml, or a .tgz of a chart.',
    });
  }
  const fetched = await fetchReference(reference, flags, charts, signal);
  if (flags.verify === true) await verifyFetched(fetched, flags, world);
  return chartOf(loadChartArchive(fetched.archive, fetched.file));
}

function fetchReference(
  reference: string,
  { repo, verify, ...flags }: ChartFlags,
  charts: Charts,
  signal: AbortSignal,
): Promise<SignedChart> {
  const version = flags.version?.trim() || (flags.devel === true ? PRERELEASES_TOO : '');
  if (repo !== undefined) {
    const request = { repository: repo, name: reference, version, signal };
    return verify === true ? charts.fetchSigned(request) : charts.fetch(request).then(unsigned(reference));
  }
  if (/^(?:https?|oci):\/\//i.test(reference)) {
    return charts.download(reference, { version, provenance: verify === true, signal });
  }
  const hint = 'Name a folder, a .tgz, an address (https://, oci://), or a chart with --repo URL.';
  const [repository = '', name] = reference.split('/');
  if (name === undefined)
    throw usageError(`non-absolute URLs should be in form of repo_name/path_to_chart, got: ${reference}`, hint);
  throw usageError(`repo ${repository} not found`, hint);
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
