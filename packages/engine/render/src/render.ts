import { type Diagnostic, formatOrigin, isSekishoError, mapConcurrent, type Origin } from '@sekisho/base';
import { type Manifest, parseApiVersion } from '@sekisho/kube';
import { decodeText } from './decode.ts';
import type { FileTree } from './file-tree.ts';
import { DEFAULT_LIMITS, type RenderLimits } from './limits.ts';
import { type ManifestFile, type ManifestFileOptions, parseManifestFileGradually } from './manifest-file.ts';
import { childPath, normalisePath, parentPath } from './path.ts';
import { TreeResolver } from './resolve.ts';
import { type DirectoryOptions, DirectoryWalk, describeEscape, describeSubmodule, type SourceFile } from './walk.ts';

export interface RenderOptions {
  /** The source's directory inside the repository; '' or '.' is its root. */
  readonly path: string;
  /** Address of the repository without credentials, and commit: for origins. */
  readonly repo?: string | undefined;
  readonly revision?: string | undefined;
  /** Given (even empty) it says that the source is a plain directory, whatever lies in it. */
  readonly directory?: DirectoryOptions | undefined;
  readonly limits?: Partial<RenderLimits> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Awaited between files so that others get their turn. Default: the next turn of the event loop. */
  readonly yield?: (() => Promise<void>) | undefined;
  /** Parses files larger than 512 KiB, in a worker thread for example. Default: as small ones. */
  readonly parse?: ((text: string, options: ManifestFileOptions) => Promise<ManifestFile>) | undefined;
}

export interface RenderResult {
  /** In the order of file paths, then of the file. */
  readonly manifests: readonly Manifest[];
  /** With any of severity 'error' the manifests are not what the user means: do not sync. */
  readonly diagnostics: readonly Diagnostic[];
  /**
   * What the result depends on: while every path has its id, rendering again gives the same. A directory's id covers
   * all below it; id '' means unknown.
   */
  readonly reads: readonly { readonly path: string; readonly id: string }[];
  /** The files that were rendered. `realPath` is where the content is: another one than `path` behind a symbolic link. */
  readonly files: readonly { readonly path: string; readonly realPath: string; readonly id: string }[];
  /** Finer than `reads`: equal keys mean an equal result for the same options. See {@link renderKey}. */
  readonly key: string;
}

/** Above this many bytes a file goes to `options.parse`. */
const LARGE_FILE_BYTES = 512 * 1024;
/** So many bytes of small files take some milliseconds. */
const BYTES_PER_TURN = 32 * 1024;
const PARALLEL_READS = 16;

/**
 * Renders a directory source as Argo CD does: every `*.yaml`, `*.yml` and `*.json` below `path`.
 *
 * Faults of the files are returned, all of them: RENDER_PATH_MISSING, RENDER_PATH_ESCAPE, RENDER_SYMLINK_ESCAPE,
 * RENDER_SUBMODULE, RENDER_FILE_TOO_LARGE, RENDER_TOO_LARGE, RENDER_TOO_MANY_FILES, RENDER_TOO_MANY_OBJECTS,
 * RENDER_NOT_TEXT, RENDER_NOT_AN_OBJECT, RENDER_DUPLICATE_OBJECT, RENDER_UNSUPPORTED_SOURCE, RENDER_INVALID_GLOB and
 * the YAML codes; warnings: RENDER_BROKEN_SYMLINK, and RENDER_NOT_AN_OBJECT for files that have nothing to do with
 * Kubernetes. What the tree throws is passed on, and `signal.reason` when it aborts.
 */
export async function render(tree: FileTree, options: RenderOptions): Promise<RenderResult> {
  return new Renderer(tree, options).run();
}

/**
 * A text that changes whenever {@link render} could give something else: it lists the files without reading them. Much
 * cheaper than rendering, and unmoved by changes to other files of the same directory.
 */
export async function renderKey(tree: FileTree, options: RenderOptions): Promise<string> {
  return (await new Renderer(tree, options).survey()).key;
}

/** Finds the files of a source as {@link render} does, and reads none of them. */
export async function surveySource(tree: FileTree, options: RenderOptions): Promise<SourceSurvey> {
  return new Renderer(tree, options).survey();
}

export interface SourceSurvey extends Pick<RenderResult, 'files' | 'diagnostics' | 'key'> {}

interface Survey extends SourceSurvey {
  readonly files: readonly SourceFile[];
}

class Renderer {
  readonly #tree: FileTree;
  readonly #options: RenderOptions;
  readonly #limits: RenderLimits;
  readonly #place: Omit<Origin, 'file'>;
  readonly #resolver: TreeResolver;
  readonly #diagnostics: Diagnostic[] = [];

  constructor(tree: FileTree, options: RenderOptions) {
    this.#tree = tree;
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    const { repo, revision } = options;
    this.#place = { ...(repo === undefined ? {} : { repo }), ...(revision === undefined ? {} : { revision }) };
    this.#resolver = new TreeResolver(tree);
  }

  async run(): Promise<RenderResult> {
    const { files, key } = await this.survey();
    const manifests = await this.#readAll(files);
    this.#checkDuplicates(manifests);
    const reads = [...this.#resolver.reads].map(([path, id]) => ({ path, id }));
    const read = files.map(({ path, realPath, id }) => ({ path, realPath, id }));
    return { manifests, diagnostics: this.#diagnostics, reads, files: read, key };
  }

  /** Finds the files; reads none of them. */
  async survey(): Promise<Survey> {
    const files = await this.#findFiles();
    const parts = [
      ...files.map((file) => [file.path, file.realPath, file.id]),
      ...this.#diagnostics.map((fault) => [fault.code, fault.message, fault.origin?.file ?? '']),
    ];
    return { files, key: JSON.stringify(parts), diagnostics: [...this.#diagnostics] };
  }

  async #findFiles(): Promise<readonly SourceFile[]> {
    const shown = normalisePath(this.#options.path);
    if (shown === undefined) {
      this.#fault(
        'RENDER_PATH_ESCAPE',
        'error',
        `the path ${JSON.stringify(this.#options.path)} is not inside the repository`,
        {
          hint: 'Write it relative to the root of the repository, with / between names.',
        },
      );
      return [];
    }
    const directory = await this.#resolver.resolve(shown);
    if (directory.type === 'escape') {
      this.#diagnostics.push(describeEscape(directory, this.#origin(directory.path)));
      return [];
    }
    if (directory.type === 'submodule') {
      this.#diagnostics.push(describeSubmodule(this.#origin(directory.path)));
      return [];
    }
    if (directory.type !== 'directory' || (await this.#resolver.list(directory.path)) === undefined) {
      await this.#recordParent(directory.path);
      const problem = directory.type === 'file' ? 'is a file, not a directory' : 'does not exist';
      this.#fault('RENDER_PATH_MISSING', 'error', `the path ${shown === '' ? '.' : shown} ${problem}`, {
        hint: 'Check source.path and the revision.',
      });
      return [];
    }
    this.#resolver.reads.set(directory.path, directory.id ?? '');
    if (this.#options.directory === undefined && (await this.#hasOtherTool(shown, directory.path))) return [];

    const { directory: choice = {}, signal } = this.#options;
    const walk = new DirectoryWalk(this.#resolver, choice, this.#limits, this.#place, signal);
    await walk.run(shown, directory.path);
    this.#diagnostics.push(...walk.diagnostics);
    return walk.files;
  }

  /** What must change for a missing path to appear: the deepest directory on the way that is there. */
  async #recordParent(path: string): Promise<void> {
    for (let parent = parentPath(path); ; parent = parentPath(parent)) {
      const found = await this.#resolver.resolve(parent);
      if (found.type === 'directory') this.#resolver.reads.set(found.path, found.id ?? '');
      if (found.type === 'directory' || parent === '') return;
    }
  }

  /** Files that tell Argo CD to use another tool than a plain directory. */
  async #hasOtherTool(shown: string, real: string): Promise<boolean> {
    const entries = await this.#resolver.list(real);
    const helm = entries?.has('Chart.yaml') ? 'Chart.yaml' : undefined;
    const kustomize = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'].find((name) => entries?.has(name));
    const marker = helm ?? kustomize;
    if (marker === undefined) return false;
    const tool = helm === undefined ? 'Kustomize' : 'Helm';
    this.#fault(
      'RENDER_UNSUPPORTED_SOURCE',
      'error',
      `${marker} makes this a ${tool} source, which is not supported yet`,
      {
        file: childPath(shown, marker),
        hint: 'To sync the files as they are, set source.directory (directory: {recurse: false}, say).',
      },
    );
    return true;
  }

  async #readAll(files: readonly SourceFile[]): Promise<Manifest[]> {
    const readable = this.#withinLimits(files);
    const { signal } = this.#options;
    const contents = await mapConcurrent(readable, PARALLEL_READS, (file) => this.#read(file), { signal });
    const manifests: Manifest[] = [];
    let sinceTurn = 0;
    let total = 0;
    for (const [index, file] of readable.entries()) {
      const bytes = contents[index];
      if (bytes === undefined) continue;
      total += bytes.length;
      sinceTurn += bytes.length;
      if (total > this.#limits.maxTotalBytes) {
        this.#tooLarge();
        break;
      }
      manifests.push(...(await this.#parse(file, bytes)));
      if (manifests.length > this.#limits.maxObjects) {
        this.#fault(
          'RENDER_TOO_MANY_OBJECTS',
          'error',
          `the source holds more than ${this.#limits.maxObjects} objects`,
          {
            file: file.path,
            hint: 'Split the application.',
          },
        );
        break;
      }
      if (sinceTurn < BYTES_PER_TURN) continue;
      sinceTurn = 0;
      await this.#turn();
    }
    return manifests;
  }

  /** Sorts out by the sizes that the tree knows what must not be read at all. */
  #withinLimits(files: readonly SourceFile[]): SourceFile[] {
    let total = 0;
    const readable: SourceFile[] = [];
    for (const file of files) {
      if ((file.size ?? 0) > this.#limits.maxFileBytes) {
        this.#fileTooLarge(file);
        continue;
      }
      total += file.size ?? 0;
      readable.push(file);
    }
    if (total <= this.#limits.maxTotalBytes) return readable;
    this.#tooLarge();
    return [];
  }

  async #read(file: SourceFile): Promise<Uint8Array | undefined> {
    try {
      return await this.#tree.read(file.realPath, { maxBytes: this.#limits.maxFileBytes });
    } catch (error) {
      if (!isSekishoError(error, 'TREE_TOO_LARGE')) throw error;
      this.#fileTooLarge(file);
      return undefined;
    }
  }

  async #parse(file: SourceFile, bytes: Uint8Array): Promise<readonly Manifest[]> {
    const text = decodeText(bytes);
    if (text === undefined) {
      this.#fault('RENDER_NOT_TEXT', 'error', 'the file is not UTF-8 text', {
        file: file.path,
        hint: 'Save it as UTF-8, or leave it out with directory.exclude.',
      });
      return [];
    }
    const options = { ...this.#place, file: file.path };
    const { parse } = this.#options;
    const parsed =
      parse !== undefined && bytes.length > LARGE_FILE_BYTES
        ? await parse(text, options)
        : await parseManifestFileGradually(text, options, () => this.#turn());
    this.#diagnostics.push(...parsed.diagnostics);
    return parsed.manifests;
  }

  async #turn(): Promise<void> {
    await (this.#options.yield ?? nextTurn)();
    this.#options.signal?.throwIfAborted();
  }

  #checkDuplicates(manifests: readonly Manifest[]): void {
    const seen = new Map<string, Manifest>();
    for (const manifest of manifests) {
      const { apiVersion, kind, metadata } = manifest.object;
      if (metadata.name === undefined) continue;
      const { group } = parseApiVersion(apiVersion);
      const identity = [group, kind, metadata.namespace ?? '', metadata.name].join('\0');
      const first = seen.get(identity);
      if (first === undefined) {
        seen.set(identity, manifest);
        continue;
      }
      const name = metadata.namespace ? `${metadata.namespace}/${metadata.name}` : metadata.name;
      this.#diagnostics.push({
        code: 'RENDER_DUPLICATE_OBJECT',
        severity: 'error',
        message: `${kind} ${name} is already defined at ${formatOrigin(first.origin)}`,
        origin: manifest.origin,
        hint: 'Remove one of the two, or give one another name or namespace.',
      });
    }
  }

  #fileTooLarge(file: SourceFile): void {
    const size = file.size === undefined ? '' : `${file.size} bytes large, `;
    this.#fault(
      'RENDER_FILE_TOO_LARGE',
      'error',
      `the file is ${size}more than the ${this.#limits.maxFileBytes} allowed`,
      {
        file: file.path,
        hint: 'Split it, or leave it out with directory.exclude.',
      },
    );
  }

  #tooLarge(): void {
    this.#fault('RENDER_TOO_LARGE', 'error', `the files hold more than ${this.#limits.maxTotalBytes} bytes together`, {
      hint: 'Split the application, or leave files out with directory.exclude.',
    });
  }

  #fault(
    code: string,
    severity: Diagnostic['severity'],
    message: string,
    { file, hint }: { readonly file?: string; readonly hint: string },
  ): void {
    this.#diagnostics.push({
      code,
      severity,
      message,
      hint,
      ...(file === undefined ? {} : { origin: this.#origin(file) }),
    });
  }

  #origin(file: string): Origin {
    return { ...this.#place, file };
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
