import { type Diagnostic, type Glob, type Origin, parseGlob } from '@sekisho/base';
import type { ValuesLayer } from '@sekisho/helm';
import { placeOf, type RenderContext } from '../context.ts';
import { decodeText } from '../decode.ts';
import type { Substitute } from '../environment.ts';
import { childPath, joinPath } from '../path.ts';
import type { RecordingFiles } from '../recording-files.ts';
import { SourceFault } from '../source-fault.ts';
import type { SourceFolder } from '../source-folder.ts';
import type { SourceReader } from '../source-reader.ts';

/** A file that values name, somewhere in the trees of the application. */
export interface NamedFile {
  readonly files: RecordingFiles;
  /** Below the root of its tree. */
  readonly path: string;
  /** How messages name it: `$ref/path` in another tree. */
  readonly shown: string;
  readonly origin: Origin;
}

/** Directories that one glob may look into. */
const MAX_DIRECTORIES = 10_000;
const MAX_DEPTH = 50;

/** Finds the files that an Application's `source.helm` names. */
export class ValueFiles {
  readonly #context: RenderContext;
  readonly #folder: SourceFolder;
  readonly #reader: SourceReader;
  readonly #substitute: Substitute;

  constructor(context: RenderContext, folder: SourceFolder, reader: SourceReader, substitute: Substitute) {
    this.#context = context;
    this.#folder = folder;
    this.#reader = reader;
    this.#substitute = substitute;
  }

  /**
   * The layers of `valueFiles`, in their order. Files that are named as themselves have their place there, whatever globs match.
   *
   * @throws SourceFault RENDER_VALUES_MISSING | RENDER_PATH_ESCAPE | RENDER_REF_UNKNOWN | RENDER_NOT_TEXT | RENDER_INVALID_GLOB
   */
  async layers(names: readonly string[], ignoreMissing: boolean): Promise<Extract<ValuesLayer, { type: 'file' }>[]> {
    const located = names.map((name) => ({ name, file: this.locate(name) }));
    const taken = new Set(located.filter(({ file }) => !isGlob(file.path)).map(({ file }) => file.shown));
    const layers: Extract<ValuesLayer, { type: 'file' }>[] = [];
    for (const { name, file } of located) {
      const found = isGlob(file.path) ? (await this.#expand(file)).filter(({ shown }) => !taken.has(shown)) : [file];
      for (const each of found) {
        const text = await this.text(each, ignoreMissing);
        if (text !== undefined) layers.push({ type: 'file', file: each.shown, text });
        if (isGlob(file.path)) taken.add(each.shown);
      }
      if (found.length === 0 && !ignoreMissing) {
        throw missing(`no values file matches ${name}`, this.#context.origin(this.#folder.shown));
      }
    }
    return layers;
  }

  /** @throws SourceFault RENDER_REF_UNKNOWN | RENDER_PATH_ESCAPE */
  locate(name: string): NamedFile {
    const [, ref, below] = /^\$([a-zA-Z0-9_-]+)\/(.*)$/s.exec(name) ?? [];
    if (ref === undefined || below === undefined || ref.startsWith('ARGOCD_')) {
      const path = this.#substitute(name);
      if (/^[a-z][a-z0-9+.-]*:\/\//i.test(path)) throw remote(path, this.#context.origin(this.#folder.shown));
      const from = path.startsWith('/') ? '' : this.#folder.real;
      const joined = joinPath(from, path) ?? this.#escape(name);
      return { files: this.#reader.files, path: joined, shown: joined, origin: this.#context.origin(joined) };
    }
    const files = this.#reader.ofRef(ref);
    if (files === undefined) throw this.#unknownRef(ref, name);
    const path = joinPath('', this.#substitute(below)) ?? this.#escape(name);
    const place = placeOf(this.#context.options.refs?.get(ref) ?? {});
    return { files, path, shown: `$${ref}/${path}`, origin: { ...place, file: path } };
  }

  /** Undefined: it is missing and may be. @throws SourceFault RENDER_VALUES_MISSING | RENDER_NOT_TEXT */
  async text({ files, path, shown, origin }: NamedFile, ignoreMissing = false): Promise<string | undefined> {
    const bytes = await files.read(path);
    if (bytes === undefined) {
      if (ignoreMissing) return undefined;
      throw missing(`open ${shown}: no such file or directory`, origin);
    }
    const text = decodeText(bytes);
    if (text !== undefined) return text;
    const message = 'the file is not UTF-8 text';
    throw new SourceFault({ code: 'RENDER_NOT_TEXT', severity: 'error', message, origin, hint: 'Save it as UTF-8.' });
  }

  /** The files that match, in the order of their paths. */
  async #expand(file: NamedFile): Promise<NamedFile[]> {
    const names = file.path.split('/');
    const first = names.findIndex(isGlob);
    const base = names.slice(0, first).join('/');
    const rest = names.slice(first);
    const glob = parseGlob(file.path, { separator: '/' });
    if (glob === undefined) {
      const message = `helm.valueFiles has no glob in ${file.shown.slice(0, 200)}`;
      const hint = 'Close every bracket and brace.';
      throw new SourceFault({ code: 'RENDER_INVALID_GLOB', severity: 'error', message, hint });
    }
    const depth = rest.includes('**') ? MAX_DEPTH : rest.length - 1;
    const paths = await new GlobWalk(file.files, glob).run(base, depth);
    const prefix = file.shown.slice(0, file.shown.length - file.path.length);
    return paths
      .sort()
      .map((path) => ({ ...file, path, shown: prefix + path, origin: { ...file.origin, file: path } }));
  }

  #escape(name: string): never {
    const message = `the values file ${name} is not inside the repository`;
    const hint = 'Write it relative to source.path, or from the root of the repository with a leading /.';
    throw new SourceFault({ code: 'RENDER_PATH_ESCAPE', severity: 'error', message, hint });
  }

  #unknownRef(ref: string, name: string): SourceFault {
    const known = [...(this.#context.options.refs?.keys() ?? [])].map((each) => `$${each}`);
    const diagnostic: Diagnostic = {
      code: 'RENDER_REF_UNKNOWN',
      severity: 'error',
      message: `${name}: no source has the ref ${ref}`,
      hint:
        known.length === 0 ? 'Add a source with this ref to spec.sources.' : `These are there: ${known.join(', ')}.`,
    };
    return new SourceFault(diagnostic);
  }
}

class GlobWalk {
  readonly #files: RecordingFiles;
  readonly #glob: Glob;
  readonly #found: string[] = [];
  #directories = 0;

  constructor(files: RecordingFiles, glob: Glob) {
    this.#files = files;
    this.#glob = glob;
  }

  async run(directory: string, depth: number): Promise<string[]> {
    await this.#walk(directory, depth);
    return this.#found;
  }

  async #walk(directory: string, depth: number): Promise<void> {
    const entries = (await this.#files.list(directory)) ?? [];
    await this.#files.noteNames(directory);
    if (++this.#directories > MAX_DIRECTORIES) {
      const message = `a glob of helm.valueFiles looks into more than ${MAX_DIRECTORIES} directories`;
      const hint = 'Begin it with the directory that holds the files.';
      throw new SourceFault({ code: 'RENDER_INVALID_GLOB', severity: 'error', message, hint });
    }
    for (const { name, type } of entries) {
      const path = childPath(directory, name);
      if (type === 'file' && this.#glob.matches(path)) this.#found.push(path);
      if (type === 'directory' && depth > 0) await this.#walk(path, depth - 1);
    }
  }
}

function isGlob(path: string): boolean {
  return /[*?[]/.test(path);
}

function missing(message: string, origin: Origin): SourceFault {
  const hint = 'Check helm.valueFiles and helm.fileParameters, or set ignoreMissingValueFiles.';
  return new SourceFault({ code: 'RENDER_VALUES_MISSING', severity: 'error', message, origin, hint });
}

function remote(path: string, origin: Origin): SourceFault {
  const message = `values are not fetched from the web: ${path.replace(/\/\/[^/@]*@/, '//').slice(0, 200)}`;
  const hint = 'Commit the file, or make its repository a source with a ref.';
  return new SourceFault({ code: 'RENDER_VALUES_REMOTE', severity: 'error', message, origin, hint });
}
