import { placeOf, type RenderContext } from './context.ts';
import type { RenderedFile } from './options.ts';
import type { Read } from './reads.ts';
import { RecordingFiles } from './recording-files.ts';

/** The files that a tool may read: of the source's own tree, and of those that it refers to. */
export interface SourceReader {
  readonly files: RecordingFiles;
  /** The files of a referenced source; undefined: there is none of this name. */
  ofRef(ref: string): RecordingFiles | undefined;
  readonly reads: readonly Read[];
  /** Those that were read, of all trees. */
  readonly renderedFiles: readonly RenderedFile[];
}

export function createSourceReader(context: RenderContext): SourceReader {
  const { limits, place, resolver, options } = context;
  const turn = () => context.turn();
  const files = new RecordingFiles(context.tree, { limits, place, resolver, turn });
  const referenced = new Map<string, RecordingFiles>();
  const all = () => [files, ...referenced.values()];
  return {
    files,
    ofRef(ref) {
      const known = referenced.get(ref);
      const source = options.refs?.get(ref);
      if (known !== undefined || source === undefined) return known;
      const opened = new RecordingFiles(source.tree, { limits, place: placeOf(source), ref, turn });
      referenced.set(ref, opened);
      return opened;
    },
    get reads() {
      return all().flatMap((each) => each.reads);
    },
    get renderedFiles() {
      return all().flatMap((each) => each.files);
    },
  };
}
