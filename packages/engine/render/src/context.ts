import type { Diagnostic, Origin } from '@sekisho/base';
import type { FileTree } from './file-tree.ts';
import { DEFAULT_LIMITS, type RenderLimits } from './limits.ts';
import type { Circumstance, RenderOptions } from './options.ts';
import { TreeResolver } from './resolve.ts';

/** What one render works with, whatever its tool. */
export class RenderContext {
  readonly tree: FileTree;
  readonly options: RenderOptions;
  readonly limits: RenderLimits;
  /** Repository and revision, for origins. */
  readonly place: Omit<Origin, 'file'>;
  readonly resolver: TreeResolver;
  readonly diagnostics: Diagnostic[] = [];
  readonly dependsOn = new Set<Circumstance>();

  constructor(tree: FileTree, options: RenderOptions) {
    this.tree = tree;
    this.options = options;
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.place = placeOf(options);
    this.resolver = new TreeResolver(tree);
  }

  fault(code: string, message: string, { file, hint }: { readonly file?: string; readonly hint: string }): void {
    const origin = file === undefined ? {} : { origin: this.origin(file) };
    this.diagnostics.push({ code, severity: 'error', message, hint, ...origin });
  }

  /** Takes over what a tool found: its origins know neither repository nor revision. */
  report(diagnostics: readonly Diagnostic[]): void {
    for (const diagnostic of diagnostics) {
      const { origin } = diagnostic;
      this.diagnostics.push(
        origin === undefined ? diagnostic : { ...diagnostic, origin: { ...this.place, ...origin } },
      );
    }
  }

  origin(file: string): Origin {
    return { ...this.place, file };
  }

  /** Lets others have their turn. */
  async turn(): Promise<void> {
    await (this.options.yield ?? nextTurn)();
    this.options.signal?.throwIfAborted();
  }
}

export function placeOf({ repo, revision }: Pick<RenderOptions, 'repo' | 'revision'>): Omit<Origin, 'file'> {
  return { ...(repo === undefined ? {} : { repo }), ...(revision === undefined ? {} : { revision }) };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
