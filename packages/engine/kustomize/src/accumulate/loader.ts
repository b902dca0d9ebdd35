import { BuildFault } from '../fault.ts';
import { joinPath, type RecordedFiles } from '../files.ts';
import { KustomizationFile } from '../kustomization/kustomization-file.ts';

export const KUSTOMIZATION_FILES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'] as const;

const decoder = new TextDecoder('utf-8', { ignoreBOM: false });

/** Loads files for one kustomization: only below its own folder, other folders only as bases. */
export class Loader {
  readonly root: string;
  readonly files: RecordedFiles;
  readonly depth: number;
  readonly #parent: Loader | undefined;
  readonly #restricted: boolean;

  constructor(files: RecordedFiles, root: string, restricted: boolean, parent?: Loader) {
    this.files = files;
    this.root = root;
    this.#restricted = restricted;
    this.#parent = parent;
    this.depth = (parent?.depth ?? 0) + 1;
  }

  /** As Kustomize shows it: absolute, the root of the tree is `/`. */
  get shownRoot(): string {
    return shown(this.root);
  }

  /** @throws BuildFault when there is none, or it lies outside */
  async load(path: string): Promise<Uint8Array> {
    const target = this.resolve(path);
    if (target === undefined) throw this.#escape(shownEscape(this.root, path));
    const bytes = await this.files.read(target);
    if (bytes !== undefined) {
      if (this.#restricted && !isInside(await this.files.realPath(target), this.root))
        throw this.#escape(shown(target));
      return bytes;
    }
    if (await this.files.isFolder(target)) throw new BuildFault(`'${shown(target)}' must resolve to a file`);
    throw await this.#missing(target);
  }

  #escape(path: string): BuildFault {
    const message = `security; file '${path}' is not in or below '${this.shownRoot}'`;
    return new BuildFault(message, undefined, 'KUSTOMIZE_PATH_ESCAPE');
  }

  /** Names the first part of the path that is not there. */
  async #missing(path: string, before = ''): Promise<BuildFault> {
    const parts = path.split('/');
    let at = 1;
    while (at < parts.length && (await this.files.isFolder(parts.slice(0, at).join('/')))) at++;
    const first = parts.slice(0, at).join('/');
    const isFile = at < parts.length && (await this.files.read(first)) !== undefined;
    const where = isFile
      ? `${shown(parts.slice(0, at + 1).join('/'))}: not a directory`
      : `${shown(first)}: no such file or directory`;
    const message = `${before}evalsymlink failure on '${shown(path)}' : lstat ${where}`;
    return new BuildFault(message, undefined, 'KUSTOMIZE_FILE_MISSING');
  }

  async isFolder(path: string): Promise<boolean> {
    const target = this.resolve(path);
    return target !== undefined && this.files.isFolder(target);
  }

  async loadText(path: string): Promise<string> {
    return decoder.decode(await this.load(path));
  }

  /** Path below the root of the tree; undefined when it leads out. */
  resolve(path: string): string | undefined {
    return path.startsWith('/') ? joinPath('', path) : joinPath(this.root, path);
  }

  /** A loader for another folder. @throws BuildFault when there is none, or it is one of those that led here */
  async enter(path: string): Promise<Loader> {
    if (path === '') throw new BuildFault('new root cannot be empty');
    if (path.startsWith('/')) throw new BuildFault(`new root '${path}' cannot be absolute`);
    const lexical = this.resolve(path);
    if (lexical === undefined) {
      throw new BuildFault(
        `must build at directory: '${shownEscape(this.root, path)}' is outside of the repository`,
        undefined,
        'KUSTOMIZE_PATH_ESCAPE',
      );
    }
    if (!(await this.files.isFolder(lexical))) {
      const isFile = (await this.files.read(lexical)) !== undefined;
      if (!isFile) throw await this.#missing(lexical, 'must build at directory: not a valid directory: ');
      const message = `must build at directory: '${shown(lexical)}': file is not directory`;
      throw new BuildFault(message, undefined, 'KUSTOMIZE_FILE_MISSING');
    }
    const target = await this.files.realPath(lexical);
    for (let seen: Loader | undefined = this; seen !== undefined; seen = seen.#parent) {
      if (seen.files === this.files && isInside(seen.root, target)) {
        throw new BuildFault(
          `cycle detected: candidate root '${shown(target)}' contains visited root '${seen.shownRoot}'`,
          undefined,
          'KUSTOMIZE_CYCLE',
        );
      }
    }
    return new Loader(this.files, target, this.#restricted, this);
  }

  /** A loader for a tree that was fetched. */
  remote(files: RecordedFiles, root: string): Loader {
    return new Loader(files, root, this.#restricted, this);
  }

  /** Name and text of the kustomization file of this folder. @throws BuildFault */
  async kustomization(): Promise<KustomizationFile> {
    const found: KustomizationFile[] = [];
    for (const name of KUSTOMIZATION_FILES) {
      const path = joinPath(this.root, name) ?? name;
      const bytes = await this.files.read(path);
      if (bytes !== undefined) found.push(new KustomizationFile(path, decoder.decode(bytes)));
    }
    const [first, second] = found;
    if (second !== undefined) {
      throw new BuildFault(`Found multiple kustomization files under: ${this.shownRoot}\n`, { file: second.path });
    }
    if (first !== undefined) return first;
    throw new BuildFault(
      `unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '${this.shownRoot}'`,
      undefined,
      'KUSTOMIZE_FILE_MISSING',
    );
  }
}

function shown(path: string): string {
  return `/${path}`;
}

function shownEscape(root: string, path: string): string {
  return `${shown(root).replace(/\/$/, '')}/${path}`;
}

function isInside(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`);
}
