import { isSekishoError, type Origin } from '@sekisho/base';
import type { SourceEntry, SourceFiles } from '@sekisho/helm';
import type { FileTree, TreeEntry } from './file-tree.ts';
import type { RenderLimits } from './limits.ts';
import type { RenderedFile } from './options.ts';
import { childPath } from './path.ts';
import { namesId, type Read } from './reads.ts';
import { type Resolved, TreeResolver } from './resolve.ts';
import { SourceFault } from './source-fault.ts';
import { describeEscape, describeSubmodule } from './walk.ts';

export interface RecordingOptions {
  readonly limits: RenderLimits;
  /** Repository and revision, for origins. */
  readonly place: Omit<Origin, 'file'>;
  /** Name of the referenced source. */
  readonly ref?: string;
  /** Lets others have their turn. */
  readonly turn: () => Promise<void>;
  readonly resolver?: TreeResolver;
}

/** So many bytes take some milliseconds. */
const BYTES_PER_TURN = 32 * 1024;
/** Small files cost, too. */
const FILE_COST = 1024;

/** The files of a tree as Kustomize and Helm want them: symbolic links are followed inside the tree, and all that was looked for is noted. */
export class RecordingFiles implements SourceFiles {
  readonly #tree: FileTree;
  readonly #options: RecordingOptions;
  readonly #resolver: TreeResolver;
  readonly #reads = new Map<string, Read>();
  readonly #files = new Map<string, RenderedFile>();
  #total = 0;
  #sinceTurn = 0;

  constructor(tree: FileTree, options: RecordingOptions) {
    this.#tree = tree;
    this.#options = options;
    this.#resolver = options.resolver ?? new TreeResolver(tree);
  }

  get reads(): Read[] {
    const links = [...this.#resolver.reads].map(([path, id]): Read => ({ path, id, ...this.#ref }));
    return [...links, ...this.#reads.values()];
  }

  get files(): RenderedFile[] {
    return [...this.#files.values()];
  }

  /** @throws SourceFault RENDER_SYMLINK_ESCAPE | RENDER_SUBMODULE | RENDER_FILE_TOO_LARGE | RENDER_TOO_LARGE */
  async read(path: string): Promise<Uint8Array | undefined> {
    const resolved = await this.#resolve(path);
    if (resolved.type !== 'file') return undefined;
    const { ref } = this.#options;
    this.#files.set(path, {
      path,
      realPath: resolved.path,
      id: resolved.id,
      ...(ref === undefined ? {} : { ref }),
    });
    const bytes = await this.#bytes(resolved.path, path);
    this.#total += bytes.length;
    if (this.#total > this.#options.limits.maxTotalBytes) {
      throw this.#fault(
        'RENDER_TOO_LARGE',
        `the source reads more than ${this.#options.limits.maxTotalBytes} bytes`,
        path,
        'Split the application.',
      );
    }
    this.#sinceTurn += bytes.length + FILE_COST;
    if (this.#sinceTurn > BYTES_PER_TURN) {
      this.#sinceTurn = 0;
      await this.#options.turn();
    }
    return bytes;
  }

  /**
   * Entries whose links lead nowhere are left out. A directory that is there is not noted: whoever finds one goes on to read in it.
   * @throws SourceFault RENDER_SYMLINK_ESCAPE | RENDER_SUBMODULE
   */
  async list(path: string): Promise<readonly SourceEntry[] | undefined> {
    const resolved = await this.#resolve(path);
    const entries = resolved.type === 'directory' ? await this.#resolver.list(resolved.path) : undefined;
    if (entries === undefined) return undefined;
    const found: SourceEntry[] = [];
    for (const entry of entries.values()) {
      const type = await this.#typeOf(entry, childPath(resolved.path, entry.name));
      if (type !== undefined) found.push({ name: entry.name, type });
    }
    return found;
  }

  /** Where a path leads once links are followed; undefined when nothing is there. */
  async realPath(path: string): Promise<string | undefined> {
    const resolved = await this.#resolve(path);
    return resolved.type === 'file' || resolved.type === 'directory' ? resolved.path : undefined;
  }

  /** Notes that something depends on which entries a directory has. */
  async noteNames(path: string): Promise<void> {
    const resolved = await this.#resolve(path);
    const id = await namesId(this.#tree, resolved.path);
    this.#reads.set(`names ${resolved.path}`, { path: resolved.path, id, of: 'names', ...this.#ref });
  }

  /** Notes that something depends on the commit itself. */
  noteRevision(revision: string): void {
    this.#reads.set('revision', { path: '', id: revision, of: 'revision', ...this.#ref });
  }

  /** Notes a directory with all below it, in the place of what was read there. */
  async noteDirectory(path: string): Promise<void> {
    const resolved = await this.#resolve(path);
    if (resolved.type !== 'directory' || resolved.id === undefined) return;
    const prefix = resolved.path === '' ? '' : `${resolved.path}/`;
    for (const [key, read] of this.#reads) {
      if (read.of !== 'revision' && (read.path === resolved.path || read.path.startsWith(prefix)))
        this.#reads.delete(key);
    }
    this.#reads.set(resolved.path, { path: resolved.path, id: resolved.id, ...this.#ref });
  }

  get #ref(): { ref?: string } {
    const { ref } = this.#options;
    return ref === undefined ? {} : { ref };
  }

  async #resolve(path: string): Promise<Resolved> {
    const resolved = await this.#resolver.resolve(path);
    if (resolved.type === 'escape') throw new SourceFault(describeEscape(resolved, this.#origin(path)));
    if (resolved.type === 'submodule') throw new SourceFault(describeSubmodule(this.#origin(resolved.path)));
    this.#noteResolved(resolved);
    return resolved;
  }

  #noteResolved(resolved: Resolved): void {
    if (resolved.type === 'missing') this.#note(resolved.path, '');
    else if (resolved.type === 'file') this.#note(resolved.path, resolved.id);
  }

  #note(path: string, id: string): void {
    this.#reads.set(path, { path, id, ...this.#ref });
  }

  /** Links that lead out, and submodules, are told when somebody goes there. */
  async #typeOf(entry: TreeEntry, path: string): Promise<SourceEntry['type'] | undefined> {
    if (entry.type === 'file' || entry.type === 'directory') return entry.type;
    if (entry.type === 'submodule') return 'directory';
    const resolved = await this.#resolver.resolve(path);
    if (resolved.type === 'escape') return 'file';
    this.#noteResolved(resolved);
    if (resolved.type === 'submodule') return 'directory';
    return resolved.type === 'file' || resolved.type === 'directory' ? resolved.type : undefined;
  }

  async #bytes(realPath: string, path: string): Promise<Uint8Array> {
    const { maxFileBytes } = this.#options.limits;
    try {
      return await this.#tree.read(realPath, { maxBytes: maxFileBytes });
    } catch (error) {
      if (!isSekishoError(error, 'TREE_TOO_LARGE')) throw error;
      throw this.#fault(
        'RENDER_FILE_TOO_LARGE',
        `the file is more than the ${maxFileBytes} bytes allowed`,
        path,
        'Split it, or take it out of the source.',
      );
    }
  }

  #fault(code: string, message: string, file: string, hint: string): SourceFault {
    return new SourceFault({ code, severity: 'error', message, origin: this.#origin(file), hint });
  }

  #origin(file: string): Origin {
    return { ...this.#options.place, file };
  }
}
