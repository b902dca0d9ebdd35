import type { FieldReader } from '@sekisho/base';
import type { GenerateLimits } from '../generate-types.ts';
import type { GeneratorSources, SourceOptions } from '../sources.ts';
import type { ApplicationSet, Generator, Parameters } from '../spec/application-set.ts';
import type { Renderer } from '../template/renderer.ts';
import type { Repositories } from './repositories.ts';

/** What generators of one run share. */
export interface GeneratorContext {
  readonly set: ApplicationSet;
  readonly sources: GeneratorSources;
  readonly options: SourceOptions;
  /** Lets other work of the process run, now and then; throws what the signal aborts with. */
  readonly giveWay: () => Promise<void>;
  readonly renderer: Renderer;
  readonly limits: GenerateLimits;
  readonly repositories: Repositories;
  /** What texts may use that are rendered with these parameters: in a matrix, those from outside, too. */
  readonly scopeOf: (params: Parameters) => Parameters;
  /** Runs a generator within this one, its texts filled in with the parameters of the one before it. */
  readonly run: (generator: Generator, outer?: Parameters) => Promise<readonly Parameters[]>;
}

/** One kind of generator. */
export interface GeneratorKind<Settings> {
  /** Fields under its name, besides `template`. */
  readonly fields: readonly string[];
  /** Notes what is wrong in the reader. Texts may still be templates. */
  read(reader: FieldReader, nested: (field: string) => readonly Generator[]): Settings;
  generate(settings: Settings, context: GeneratorContext, generator: Generator): Promise<readonly Parameters[]>;
  /** Seconds until it should run again, when it does not say so itself; absent: it needs not. */
  readonly requeueAfterSeconds?: number;
}

/** Why a generator gave nothing: its place, and what to do. */
export class GeneratorError extends Error {
  readonly path: string;
  readonly hint: string | undefined;
  constructor(path: string, message: string, hint?: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.path = path;
    this.hint = hint;
  }
}
