import type { Diagnostic } from '@sekisho/base';
import { ChartFault, diagnosticOf } from '../fault.ts';
import { type HelmLimits, withDefaults } from '../limits.ts';
import type { SourceFiles } from '../source-files.ts';
import { tooLargeFile, unpackChart, withoutMark } from './archive.ts';
import { assembleChart } from './assemble.ts';
import type { Chart, ChartFile } from './chart.ts';
import { type Ignore, parseIgnore } from './ignore.ts';

export interface LoadOptions {
  readonly limits?: Partial<HelmLimits>;
  readonly signal?: AbortSignal;
}

export interface LoadedChart {
  /** Undefined when there are faults. */
  readonly chart?: Chart;
  /** Codes CHART_NOT_FOUND, CHART_INVALID, CHART_YAML_INVALID, CHART_IGNORE_INVALID, CHART_ARCHIVE_INVALID, CHART_TOO_LARGE. */
  readonly diagnostics: readonly Diagnostic[];
  /** Every path that was looked at, those that are not there included. */
  readonly reads: readonly string[];
}

/**
 * Loads a chart from its folder or its .tgz, with the subcharts under charts/.
 *
 * @param path of the folder, or of the archive; '' is the root
 */
export async function loadChart(files: SourceFiles, path: string, options: LoadOptions = {}): Promise<LoadedChart> {
  const limits = withDefaults(options.limits);
  const reads: string[] = [];
  try {
    const folder = new FolderReader(files, limits, reads, options.signal);
    const entries = await folder.list(path);
    if (entries === undefined) {
      const archive = await folder.read(path);
      if (archive === undefined) throw notFound(path, path);
      return { chart: assembleChart(unpackChart(archive, path, limits), `${path}!`, limits), diagnostics: [], reads };
    }
    const chartFile = join(path, 'Chart.yaml');
    if (!entries.some(({ name }) => name === 'Chart.yaml')) {
      reads.push(chartFile);
      throw notFound(path, chartFile);
    }
    return { chart: assembleChart(await folder.walk(path), path, limits), diagnostics: [], reads };
  } catch (error) {
    if (error instanceof ChartFault) return { diagnostics: [diagnosticOf(error)], reads };
    throw error;
  }
}

/** Loads a chart from the bytes of its .tgz. @param file its name, for origins */
export function loadChartArchive(
  archive: Uint8Array,
  file: string,
  options: Pick<LoadOptions, 'limits'> = {},
): LoadedChart {
  const limits = withDefaults(options.limits);
  try {
    return { chart: assembleChart(unpackChart(archive, file, limits), `${file}!`, limits), diagnostics: [], reads: [] };
  } catch (error) {
    if (error instanceof ChartFault) return { diagnostics: [diagnosticOf(error)], reads: [] };
    throw error;
  }
}

/** The files of a chart's .tgz, without the folder around them. Codes CHART_ARCHIVE_INVALID, CHART_TOO_LARGE. @param file its name, for origins */
export function readChartArchive(
  archive: Uint8Array,
  file: string,
  options: Pick<LoadOptions, 'limits'> = {},
): { readonly files?: readonly ChartFile[]; readonly diagnostics: readonly Diagnostic[] } {
  try {
    return { files: unpackChart(archive, file, withDefaults(options.limits)), diagnostics: [] };
  } catch (error) {
    if (error instanceof ChartFault) return { diagnostics: [diagnosticOf(error)] };
    throw error;
  }
}

function notFound(path: string, file: string): ChartFault {
  return new ChartFault('CHART_NOT_FOUND', `unable to detect chart at ${path}: Chart.yaml file is missing`, { file });
}

class FolderReader {
  readonly #files: SourceFiles;
  readonly #limits: HelmLimits;
  readonly #reads: string[];
  readonly #signal: AbortSignal | undefined;
  #bytes = 0;

  constructor(files: SourceFiles, limits: HelmLimits, reads: string[], signal: AbortSignal | undefined) {
    this.#files = files;
    this.#limits = limits;
    this.#reads = reads;
    this.#signal = signal;
  }

  async list(path: string) {
    this.#signal?.throwIfAborted();
    return this.#files.list(path);
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    this.#signal?.throwIfAborted();
    this.#reads.push(path);
    return this.#files.read(path);
  }

  /** All files that .helmignore lets in, by path, in the order in which Go walks a folder. */
  async walk(root: string): Promise<ChartFile[]> {
    const rules = await this.read(join(root, '.helmignore'));
    const ignore = parseIgnore(rules === undefined ? '' : new TextDecoder().decode(rules), join(root, '.helmignore'));
    const found: ChartFile[] = [];
    await this.#folder(root, '', ignore, found, 0);
    return found;
  }

  async #folder(root: string, below: string, ignore: Ignore, found: ChartFile[], depth: number): Promise<void> {
    if (depth > this.#limits.maxChartDepth * 3) {
      throw new ChartFault('CHART_TOO_LARGE', 'folders of the chart are nested too deeply', {
        file: join(root, below),
      });
    }
    const entries = (await this.list(join(root, below))) ?? [];
    for (const { name, type } of [...entries].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(below, name);
      if (ignore(path, type === 'directory')) continue;
      if (type === 'directory') {
        await this.#folder(root, path, ignore, found, depth + 1);
        continue;
      }
      const file = join(root, path);
      const data = await this.read(file);
      if (data === undefined) continue;
      if (data.length > this.#limits.maxFileBytes) throw tooLargeFile(path, this.#limits, file);
      this.#bytes += data.length;
      if (found.length === this.#limits.maxFiles || this.#bytes > this.#limits.maxChartBytes) {
        throw new ChartFault(
          'CHART_TOO_LARGE',
          `chart holds more than ${this.#limits.maxFiles} files or ${this.#limits.maxChartBytes} bytes`,
          { file: root },
        );
      }
      found.push({ name: path, data: withoutMark(data) });
    }
  }
}

export function join(folder: string, name: string): string {
  if (folder === '' || folder === '.') return name;
  return name === '' ? folder : `${folder}/${name}`;
}
