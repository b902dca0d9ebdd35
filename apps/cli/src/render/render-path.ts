import { randomUUID } from 'node:crypto';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { formatDiagnostic, type Origin } from '@sekisho/base';
import type { Manifest } from '@sekisho/kube';
import { type HelmSource, type RenderOptions, render } from '@sekisho/render';
import { diskTree } from '../disk-tree.ts';
import { createConsoleLogger } from '../logger.ts';
import { printable } from '../output/text.ts';
import { localOutside } from './local-outside.ts';
import { openLocalSource } from './local-source.ts';
import { asksForPlainFiles, type RenderFlags, splitAssignments } from './render-flags.ts';

/** Of this process: two renders of one command can be compared, and nobody can compute what `randAlphaNum` gave. */
const CHANCE = { seed: randomUUID(), time: Date.now() };

/** Name by which values files of this machine are reached, wherever they lie. */
const DISK = 'disk';

/** Of more files the lines are not told. */
const MAX_NAMED_FILES = 2_000;
const MAX_TEXT_BYTES = 4 * 1024 * 1024;

export interface RenderedPath {
  readonly manifests: readonly Manifest[];
  /** Whether nothing is wrong in the files. */
  readonly ok: boolean;
  /** What was rendered, by name. Of a commit the files have their text; others lie on the disk. */
  readonly files: ReadonlyMap<string, string | undefined>;
}

export interface RenderPathOptions {
  /** Of objects of a chart that name none. */
  readonly namespace: string;
  /** A commit of the repository that the path is in; undefined: the files as they are. */
  readonly revision?: string | undefined;
  readonly signal: AbortSignal;
  /** Relative paths begin here, and files are named from here. Default: that of the process. */
  readonly cwd?: string;
  /** Default: that of the process. */
  readonly stderr?: (text: string) => void;
}

/**
 * Renders a folder or a file of this machine as a sync would; what is wrong in it goes to stderr, all of it. Files are named
 * as the user would name them from here.
 */
export async function renderLocal(path: string, flags: RenderFlags, options: RenderPathOptions): Promise<RenderedPath> {
  const { namespace, revision, signal, cwd = process.cwd() } = options;
  const stderr = options.stderr ?? ((text: string) => void process.stderr.write(text));
  const source = await openLocalSource(options.cwd === undefined ? path : resolve(cwd, path), {
    revision,
    logger: createConsoleLogger('warn'),
    signal,
  });
  const outside = localOutside(signal);
  try {
    const helm = helmSource(flags, cwd);
    const { manifests, diagnostics, files } = await render(outside.plainText(source.tree), {
      path: source.path,
      ...directoryOptions(flags, source.file),
      ...(helm === undefined ? {} : { helm, refs: new Map([[DISK, { tree: outside.plainText(diskTree('/')) }]]) }),
      fetchChart: outside.fetchChart,
      ...CHANCE,
      release: { name: flags.releaseName ?? releaseNameOf(resolve(cwd, path)), namespace },
      cluster: { kubeVersion: flags.kubeVersion, apiVersions: flags.apiVersions },
      signal,
    });
    const fromHere = (origin: Origin): Origin => {
      const file = join(source.root, origin.file);
      return { ...origin, file: isAbsolute(path) ? file : relative(cwd, file) };
    };
    const namedFiles = async () => {
      const named = new Map<string, string | undefined>();
      for (const { realPath, ref } of files.slice(0, MAX_NAMED_FILES)) {
        if (ref !== undefined) continue;
        const bytes =
          revision === undefined ? undefined : await source.tree.read(realPath, { maxBytes: MAX_TEXT_BYTES });
        named.set(fromHere({ file: realPath }).file, bytes === undefined ? undefined : new TextDecoder().decode(bytes));
      }
      return named;
    };
    for (const diagnostic of diagnostics) {
      const { origin } = diagnostic;
      const shown = origin === undefined ? diagnostic : { ...diagnostic, origin: fromHere(origin) };
      stderr(`${diagnostic.severity}: ${printable(formatDiagnostic(shown))}\n`);
      if (diagnostic.hint !== undefined) stderr(`  ${diagnostic.hint}\n`);
    }
    const placed = manifests.map((manifest) => ({ ...manifest, origin: fromHere(manifest.origin) }));
    return {
      manifests: placed,
      ok: diagnostics.every((diagnostic) => diagnostic.severity !== 'error'),
      files: await namedFiles(),
    };
  } finally {
    await source.close();
    await outside.close();
  }
}

function directoryOptions(flags: RenderFlags, file: string | undefined): Pick<RenderOptions, 'directory'> {
  const include = file === undefined ? flags.include : literalGlob(file);
  if (file === undefined && !asksForPlainFiles(flags)) return {};
  return {
    directory: {
      recurse: flags.recurse === true,
      ...(include === undefined ? {} : { include }),
      ...(flags.exclude === undefined ? {} : { exclude: flags.exclude }),
    },
  };
}

/** Undefined when no flag is about a chart: then what lies in the folder says what it is. */
function helmSource(
  { values = [], set = [], setString = [], releaseName }: RenderFlags,
  cwd: string,
): HelmSource | undefined {
  const parameters = [
    ...set.flatMap(splitAssignments),
    ...setString.flatMap(splitAssignments).map((parameter) => ({ ...parameter, forceString: true })),
  ];
  if (values.length === 0 && parameters.length === 0 && releaseName === undefined) return undefined;
  return {
    valueFiles: values.map((file) => `$${DISK}${resolve(cwd, file)}`),
    parameters,
    ...(releaseName === undefined ? {} : { releaseName }),
  };
}

function releaseNameOf(path: string): string {
  return resolve(path).split('/').at(-1) || 'release';
}

/** A pattern that matches this name alone. */
function literalGlob(name: string): string {
  return name.replace(/[\\*?[\]{}]/g, '\\$&');
}
