import { isSekishoError, mapConcurrent } from '@sekisho/base';
import type { Manifest } from '@sekisho/kube';
import type { RenderContext } from './context.ts';
import { decodeText } from './decode.ts';
import { parseManifestFileGradually } from './manifest-file.ts';
import type { SourceFolder } from './source-folder.ts';
import { type DirectoryOptions, DirectoryWalk, type SourceFile } from './walk.ts';

/** Above this many bytes a file goes to `options.parse`. */
const LARGE_FILE_BYTES = 512 * 1024;
/** So many bytes of small files take some milliseconds. */
const BYTES_PER_TURN = 32 * 1024;
const PARALLEL_READS = 16;

/** Finds the manifest files of a directory source; reads none of them. */
export async function findManifestFiles(
  context: RenderContext,
  folder: SourceFolder,
  options: DirectoryOptions,
): Promise<readonly SourceFile[]> {
  const { resolver, limits, place } = context;
  resolver.reads.set(folder.real, folder.id);
  const walk = new DirectoryWalk(resolver, options, limits, place, context.options.signal);
  await walk.run(folder.shown, folder.real);
  context.diagnostics.push(...walk.diagnostics);
  return walk.files;
}

/** Reads the objects of all files, within the limits. */
export function readManifestFiles(context: RenderContext, files: readonly SourceFile[]): Promise<Manifest[]> {
  return new DirectoryReader(context).readAll(files);
}

class DirectoryReader {
  readonly #context: RenderContext;

  constructor(context: RenderContext) {
    this.#context = context;
  }

  async readAll(files: readonly SourceFile[]): Promise<Manifest[]> {
    const readable = this.#withinLimits(files);
    const { signal } = this.#context.options;
    const contents = await mapConcurrent(readable, PARALLEL_READS, (file) => this.#read(file), { signal });
    const manifests: Manifest[] = [];
    let sinceTurn = 0;
    let total = 0;
    for (const [index, file] of readable.entries()) {
      const bytes = contents[index];
      if (bytes === undefined) continue;
      total += bytes.length;
      sinceTurn += bytes.length;
      if (total > this.#context.limits.maxTotalBytes) {
        this.#tooLarge();
        break;
      }
      manifests.push(...(await this.#parse(file, bytes)));
      if (manifests.length > this.#context.limits.maxObjects) {
        this.#context.fault(
          'RENDER_TOO_MANY_OBJECTS',
          `the source holds more than ${this.#context.limits.maxObjects} objects`,
          {
            file: file.path,
            hint: 'Split the application.',
          },
        );
        break;
      }
      if (sinceTurn < BYTES_PER_TURN) continue;
      sinceTurn = 0;
      await this.#context.turn();
    }
    return manifests;
  }

  /** Sorts out by the sizes that the tree knows what must not be read at all. */
  #withinLimits(files: readonly SourceFile[]): SourceFile[] {
    let total = 0;
    const readable: SourceFile[] = [];
    for (const file of files) {
      if ((file.size ?? 0) > this.#context.limits.maxFileBytes) {
        this.#fileTooLarge(file);
        continue;
      }
      total += file.size ?? 0;
      readable.push(file);
    }
    if (total <= this.#context.limits.maxTotalBytes) return readable;
    this.#tooLarge();
    return [];
  }

  async #read(file: SourceFile): Promise<Uint8Array | undefined> {
    try {
      return await this.#context.tree.read(file.realPath, { maxBytes: this.#context.limits.maxFileBytes });
    } catch (error) {
      if (!isSekishoError(error, 'TREE_TOO_LARGE')) throw error;
      this.#fileTooLarge(file);
      return undefined;
    }
  }

  async #parse(file: SourceFile, bytes: Uint8Array): Promise<readonly Manifest[]> {
    const text = decodeText(bytes);
    if (text === undefined) {
      this.#context.fault('RENDER_NOT_TEXT', 'the file is not UTF-8 text', {
        file: file.path,
        hint: 'Save it as UTF-8, or leave it out with directory.exclude.',
      });
      return [];
    }
    const options = { ...this.#context.place, file: file.path };
    const { parse } = this.#context.options;
    const parsed =
      parse !== undefined && bytes.length > LARGE_FILE_BYTES
        ? await parse(text, options)
        : await parseManifestFileGradually(text, options, () => this.#context.turn());
    this.#context.diagnostics.push(...parsed.diagnostics);
    return parsed.manifests;
  }

  #fileTooLarge(file: SourceFile): void {
    const size = file.size === undefined ? '' : `${file.size} bytes large, `;
    this.#context.fault(
      'RENDER_FILE_TOO_LARGE',
      `the file is ${size}more than the ${this.#context.limits.maxFileBytes} allowed`,
      {
        file: file.path,
        hint: 'Split it, or leave it out with directory.exclude.',
      },
    );
  }

  #tooLarge(): void {
    this.#context.fault(
      'RENDER_TOO_LARGE',
      `the files hold more than ${this.#context.limits.maxTotalBytes} bytes together`,
      {
        hint: 'Split the application, or leave files out with directory.exclude.',
      },
    );
  }
}
