import { type Diagnostic, formatDiagnostic, isSekishoError, SekishoError } from '@sekisho/base';
import type { ApplicationCondition } from '@sekisho/sync';
import type { ProjectRules } from '../projects/project-rules.ts';
import { type SyncTimeline, timed } from '../telemetry/timeline.ts';
import { type Application, unsupportedWishes } from './application.ts';
import type { Destination, Destinations } from './destinations.ts';
import type { MergedSources, Rendered, RenderWish } from './merged-sources.ts';

/** What one look at an application begins with. */
export interface Gathered {
  /** Undefined when it can't be had: a condition says why. */
  readonly destination: Destination | undefined;
  readonly rendered: Rendered | undefined;
  readonly conditions: ApplicationCondition[];
  /** When to look again because of what can't be had. */
  readonly retryMs: number | undefined;
  /** What can't be had may be there again by itself. */
  readonly mayPass: boolean;
}

export interface Gathering {
  /** Desired state and destination; what can't be had becomes a condition, and the last good state stays. */
  gather(application: Application, signal: AbortSignal): Promise<Gathered>;
  /** Where an application goes, as far as its project lets it see. @throws SekishoError as {@link Destinations.open} */
  open(application: Application): Promise<Destination>;
  /** @throws SekishoError RENDER_FAILED with everything that is wrong */
  renderWhole(application: Application, wish: RenderWish): Promise<Rendered>;
}

/** Waits after a fault of the world: one that may pass by itself, and one that somebody must mend. */
const RETRY_MS = 5_000;
export const LOOK_AGAIN_MS = 60_000;

export function createGathering(options: {
  merged: MergedSources;
  projects: Pick<ProjectRules, 'restrict'>;
  destinations: Pick<Destinations, 'open'>;
  timeline?: SyncTimeline | undefined;
}): Gathering {
  const { merged, projects, destinations } = options;

  async function open(application: Application): Promise<Destination> {
    return projects.restrict(application, await destinations.open(application.spec.destination));
  }

  /** @throws SekishoError as {@link Destinations.open}; CLUSTER_UNREACHABLE while a cluster that was opened is away */
  async function reachable(application: Application): Promise<Destination> {
    const destination = await open(application);
    const trouble = destination.trouble();
    if (trouble === undefined) return destination;
    const message = `The cluster ${destination.server} can't be reached: ${trouble}.`;
    throw new SekishoError('CLUSTER_UNREACHABLE', message, {
      retryable: true,
      hint: 'What was seen last is shown; it goes on when the cluster is back.',
    });
  }

  return {
    open,
    async gather(application, signal) {
      const conditions: ApplicationCondition[] = unsupportedWishes(application);
      let retryMs: number | undefined;
      let mayPass = false;
      const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
        try {
          return await work();
        } catch (error) {
          signal.throwIfAborted();
          if (!isSekishoError(error)) throw error;
          conditions.push({ type: 'ComparisonError', message: describeFault(error, error.code) });
          retryMs = error.retryable ? RETRY_MS : (retryMs ?? LOOK_AGAIN_MS);
          mayPass ||= error.retryable;
          return undefined;
        }
      };
      const destination = await attempt(() => reachable(application));
      const rendered = await attempt(() =>
        timed(options.timeline, application.key, 'render', () => merged.render(application, { signal })),
      );
      conditions.push(...(rendered?.conditions ?? []));
      for (const trouble of rendered === undefined ? [] : merged.troubles(application.sources)) {
        const message = `${trouble}. The commit that was fetched last is used.`;
        conditions.push({ type: 'ComparisonError', message });
      }
      for (const diagnostic of rendered === undefined ? [] : errorsOf(rendered)) {
        const hint = diagnostic.hint === undefined ? '' : ` ${diagnostic.hint}`;
        conditions.push({ type: 'ComparisonError', message: `${formatDiagnostic(diagnostic)}${hint}` });
      }
      return { destination, rendered, conditions, retryMs, mayPass };
    },
    async renderWhole(application, wish) {
      const rendered = await merged.render(application, wish);
      const errors = errorsOf(rendered);
      if (errors.length === 0) return rendered;
      throw new SekishoError('RENDER_FAILED', errors.map(formatDiagnostic).join('\n'), { details: { status: 422 } });
    },
  };
}

/** A fault in one sentence, with its code and what to do. */
export function describeFault(
  error: { readonly message: string; readonly hint?: string | undefined },
  code?: string,
): string {
  const { message, hint } = error;
  const sentence = hint === undefined || code !== undefined || /[.!?]$/.test(message) ? message : `${message}.`;
  const parts = [sentence, code === undefined ? undefined : `(${code})`, hint];
  return parts.filter((part) => part !== undefined).join(' ');
}

function errorsOf({ result }: Rendered): readonly Diagnostic[] {
  return result.diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
}
