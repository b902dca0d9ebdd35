import { type Diagnostic, formatOrigin, type Glob, type Origin, parseGlob } from '@sekisho/base';
import type { TreeEntry } from './file-tree.ts';
import type { RenderLimits } from './limits.ts';
import { childPath } from './path.ts';
import type { Resolved, TreeResolver } from './resolve.ts';

/** Argo CD's `source.directory`. */
export interface DirectoryOptions {
  /** Go into directories below. Default false. */
  readonly recurse?: boolean | undefined;
  /** Glob; only files whose path (below the source's) matches. */
  readonly include?: string | undefined;
  /** Glob; files that match are left out, also when `include` matches. */
  readonly exclude?: string | undefined;
}

export interface SourceFile {
  /** Where the user sees it. */
  readonly path: string;
  /** Where its bytes are: another path when it's a symlink. */
  readonly realPath: string;
  readonly id: string;
  readonly size: number | undefined;
}

const MANIFEST_FILE = /\.(?:yaml|yml|json|jsonnet)$/;
const MAX_DEPTH = 100;

/** Finds the manifest files of a directory source, in the order of their paths. */
export class DirectoryWalk {
  readonly files: SourceFile[] = [];
  readonly diagnostics: Diagnostic[] = [];
  readonly #resolver: TreeResolver;
  readonly #limits: RenderLimits;
  readonly #place: Omit<Origin, 'file'>;
  readonly #options: DirectoryOptions;
  readonly #signal: AbortSignal | undefined;
  #include: Glob | undefined;
  #exclude: Glob | undefined;
  #entries = 0;
  #full = false;

  constructor(
    resolver: TreeResolver,
    options: DirectoryOptions,
    limits: RenderLimits,
    place: Omit<Origin, 'file'>,
    signal: AbortSignal | undefined,
  ) {
    this.#resolver = resolver;
    this.#options = options;
    this.#limits = limits;
    this.#place = place;
    this.#signal = signal;
  }

  /**
   * @param shown the source's path as the user wrote it
   * @param real the directory it leads to
   */
  async run(shown: string, real: string): Promise<void> {
    this.#include = this.#glob('include', this.#options.include);
    this.#exclude = this.#glob('exclude', this.#options.exclude);
    if (this.diagnostics.length === 0) await this.#directory(shown, real, '', 0);
  }

  #glob(name: 'include' | 'exclude', pattern: string | undefined): Glob | undefined {
    if (pattern === undefined || pattern === '') return undefined;
    const glob = parseGlob(pattern);
    if (glob === undefined) {
      this.diagnostics.push({
        code: 'RENDER_INVALID_GLOB',
        severity: 'error',
        message: `directory.${name} is no glob: ${pattern.slice(0, 200)}`,
        hint: 'Close every bracket and brace; list several patterns as {a.yaml,b/*.yaml}.',
      });
    }
    return glob;
  }

  async #directory(shown: string, real: string, relative: string, depth: number): Promise<void> {
    this.#signal?.throwIfAborted();
    const entries = (await this.#resolver.list(real)) ?? new Map<string, TreeEntry>();
    this.#entries += entries.size;
    if (this.#entries > this.#limits.maxEntries || depth > MAX_DEPTH) {
      this.#stop(`more than ${this.#limits.maxEntries} files and directories, or ${MAX_DEPTH} levels`);
      return;
    }
    for (const entry of [...entries.values()].sort(byName)) {
      if (this.#full) return;
      const path = childPath(shown, entry.name);
      const below = childPath(relative, entry.name);
      const realPath = childPath(real, entry.name);
      if (entry.type === 'directory') {
        if (this.#options.recurse === true) await this.#directory(path, realPath, below, depth + 1);
      } else if (entry.type === 'submodule') {
        if (this.#options.recurse === true) this.#submodule(path);
      } else if (entry.type === 'symlink') await this.#symlink(path, realPath, below);
      else if (this.#isSelected(entry.name, below)) {
        this.#add({ path, realPath, id: entry.id, size: entry.size });
      }
    }
  }

  /** Leads to a file inside the repository, or to nothing. As in Argo CD, one that leads to a directory is not entered. */
  async #symlink(path: string, realPath: string, relative: string): Promise<void> {
    const resolved = await this.#resolver.resolve(realPath);
    if (resolved.type === 'escape') this.diagnostics.push(describeEscape(resolved, this.#origin(path)));
    if (!this.#isSelected(path.slice(path.lastIndexOf('/') + 1), relative)) return;
    if (resolved.type === 'file') {
      this.#add({ path, realPath: resolved.path, id: resolved.id, size: resolved.size });
      this.#resolver.reads.set(resolved.path, resolved.id);
    } else if (resolved.type === 'missing' || resolved.type === 'loop') {
      this.diagnostics.push({
        code: 'RENDER_BROKEN_SYMLINK',
        severity: 'warning',
        message: resolved.type === 'loop' ? 'this symlink leads to itself' : 'this symlink leads to no file',
        origin: this.#origin(path),
      });
    } else if (resolved.type === 'submodule') this.#submodule(path);
  }

  #isSelected(name: string, relative: string): boolean {
    if (!MANIFEST_FILE.test(name) || name.startsWith('.argocd-source')) return false;
    if (this.#exclude?.matches(relative) === true) return false;
    return this.#include === undefined || this.#include.matches(relative);
  }

  #add(file: SourceFile): void {
    if (file.path.endsWith('.jsonnet')) {
      this.diagnostics.push({
        code: 'RENDER_UNSUPPORTED_SOURCE',
        severity: 'error',
        message: 'this is a Jsonnet file, which is not supported yet',
        origin: this.#origin(file.path),
        hint: 'Leave it out with directory.exclude, or commit what it renders to.',
      });
    } else if (this.files.length >= this.#limits.maxFiles) {
      this.#stop(`more than ${this.#limits.maxFiles} manifest files`);
    } else this.files.push(file);
  }

  #submodule(path: string): void {
    this.diagnostics.push(describeSubmodule(this.#origin(path)));
  }

  #stop(what: string): void {
    if (this.#full) return;
    this.#full = true;
    this.diagnostics.push({
      code: 'RENDER_TOO_MANY_FILES',
      severity: 'error',
      message: `the source holds ${what}`,
      hint: 'Narrow it with path, directory.include or directory.exclude, or split the application.',
    });
  }

  #origin(file: string): Origin {
    return { ...this.#place, file };
  }
}

export function describeEscape(resolved: Resolved & { type: 'escape' }, origin: Origin): Diagnostic {
  return {
    code: 'RENDER_SYMLINK_ESCAPE',
    severity: 'error',
    message: `the symlink ${formatOrigin({ file: resolved.path })} leads out of the repository, to ${JSON.stringify(resolved.target)}`,
    origin,
    hint: 'Symlinks are followed inside the repository only: use a relative path to a file in it.',
  };
}

export function describeSubmodule(origin: Origin): Diagnostic {
  return {
    code: 'RENDER_SUBMODULE',
    severity: 'error',
    message: 'this is a git submodule, and submodules are not fetched',
    origin,
    hint: 'Make the other repository a source of its own.',
  };
}

function byName(a: TreeEntry, b: TreeEntry): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
