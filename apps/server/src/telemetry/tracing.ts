import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  SpanStatusCode,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { type Logger, messageOf, redactUrl } from '@sekisho/base';
import { version } from '../version.ts';
import type { Deployment } from './deployments.ts';

export interface Tracing {
  readonly provider: TracerProvider & { forceFlush(): Promise<void> };
  /** Sends what is waiting, if the collector takes it soon. */
  close(): Promise<void>;
}

/** Spans that wait at most; while the collector is away or slow, newer ones are dropped. */
const MAX_WAITING = 2048;
const EXPORT_MS = 10_000;
/** A collector that does not answer must not hold up the end. */
const CLOSE_MS = 2_000;

/**
 * Where spans go: the standard variables OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SERVICE_NAME and so on. Undefined when none
 * is set: then nothing is loaded and nothing is measured.
 *
 * @param options onSpans: told how many spans were taken by the collector, or given up; exportMs: how long one batch may
 *   take, with what is tried again, default 10 s
 */
export async function openTracing(
  env: NodeJS.ProcessEnv,
  options: { logger: Logger; onSpans?: (count: number, result: 'sent' | 'failed') => void; exportMs?: number },
): Promise<Tracing | undefined> {
  const { logger, onSpans = () => {}, exportMs = EXPORT_MS } = options;
  const endpoint = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  if (endpoint === undefined || endpoint === '' || env['OTEL_SDK_DISABLED'] === 'true') return undefined;
  // Some megabytes that most servers never need.
  const [{ NodeTracerProvider, BatchSpanProcessor }, { OTLPTraceExporter }] = await Promise.all([
    import('@opentelemetry/sdk-trace-node'),
    import('@opentelemetry/exporter-trace-otlp-http'),
  ]);
  const exporter = new OTLPTraceExporter({ timeoutMillis: exportMs });
  let isAway = false;
  const told: ConstructorParameters<typeof BatchSpanProcessor>[0] = {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const failed = result.error !== undefined || result.code !== 0;
        onSpans(spans.length, failed ? 'failed' : 'sent');
        // Once, not with each batch.
        if (failed && !isAway) logger.warn({ error: messageOf(result.error) }, 'the collector takes no spans');
        if (!failed && isAway) logger.info({}, 'the collector takes spans again');
        isAway = failed;
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush(),
  };
  const provider = new NodeTracerProvider({
    spanProcessors: [
      new BatchSpanProcessor(told, {
        maxQueueSize: MAX_WAITING,
        exportTimeoutMillis: exportMs,
      }),
    ],
  });
  logger.info({ endpoint: redactUrl(endpoint) }, 'spans are sent');
  return {
    provider,
    async close() {
      const late = new Promise<void>((resolve) => void setTimeout(resolve, CLOSE_MS).unref());
      const ended = provider
        .shutdown()
        .catch((error: unknown) => logger.warn({ error: messageOf(error) }, 'spans were lost'));
      await Promise.race([ended, late]);
    },
  };
}

/** A deployment as one trace: what made it begin, render, diff, the sync with its waves, and the wait until it was Healthy. */
export function traceDeployment(provider: TracerProvider, deployment: Deployment): void {
  const tracer = provider.getTracer('sekisho', version);
  const { key, project, operationId, revision, repoURL, initiatedBy, phase, message, trigger } = deployment;
  const { pushedAt, noticedAt, startedAt, finishedAt, healthyAt } = deployment;
  const endedAt = healthyAt ?? finishedAt;
  const isFailed = phase !== 'Succeeded';
  // Each span can be found by each of them.
  const common: Attributes = {
    'sekisho.application': key,
    'sekisho.project': project,
    'sekisho.operation_id': operationId,
    'vcs.ref.head.revision': revision,
  };

  function span(name: string, from: number, to: number, parent: Context, more: Attributes = {}, fault?: string) {
    const options = { startTime: new Date(from), attributes: { ...common, ...more } };
    const made = tracer.startSpan(name, parent === ROOT_CONTEXT ? { ...options, root: true } : options, parent);
    if (fault !== undefined) made.setStatus({ code: SpanStatusCode.ERROR, message: fault.slice(0, 1000) });
    // Clocks may be set back in between.
    made.end(new Date(Math.max(from, to)));
    return trace.setSpan(parent, made);
  }

  const fault = isFailed ? message : healthyAt === undefined ? 'it did not become Healthy' : undefined;
  const about = {
    'sekisho.trigger': trigger,
    'sekisho.initiated_by': initiatedBy,
    'vcs.repository.url.full': redactUrl(repoURL),
  };
  const whole = span('deploy', pushedAt, endedAt, ROOT_CONTEXT, about, fault);
  if (noticedAt !== undefined) span(trigger, pushedAt, noticedAt, whole);
  const steps = deployment.steps.filter((step) => step.endedAt >= pushedAt);
  for (const { name, startedAt: from, endedAt: to } of steps) if (name !== 'wave') span(name, from, to, whole);
  const sync = span('sync', startedAt, finishedAt, whole, { 'sekisho.phase': phase }, isFailed ? message : undefined);
  for (const { name, startedAt: from, endedAt: to, attributes } of steps) {
    if (name === 'wave') span(name, from, to, sync, attributes);
  }
  if (healthyAt !== undefined) span('become healthy', finishedAt, healthyAt, whole);
}
