import { ROOT_CONTEXT, SpanStatusCode, type TracerProvider, trace } from '@opentelemetry/api';
import { type Logger, messageOf, redactUrl } from '@sekisho/base';
import { version } from '../version.ts';
import type { Deployment } from './deployments.ts';

export interface Tracing {
  readonly provider: TracerProvider;
  /** Sends what is waiting. */
  close(): Promise<void>;
}

/** Where spans go: the standard variables OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SERVICE_NAME and so on. Undefined when none is set. */
export async function openTracing(env: NodeJS.ProcessEnv, logger: Logger): Promise<Tracing | undefined> {
  const endpoint = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  if (endpoint === undefined || endpoint === '' || env['OTEL_SDK_DISABLED'] === 'true') return undefined;
  // Some megabytes that most servers never need.
  const [{ NodeTracerProvider, BatchSpanProcessor }, { OTLPTraceExporter }] = await Promise.all([
    import('@opentelemetry/sdk-trace-node'),
    import('@opentelemetry/exporter-trace-otlp-http'),
  ]);
  const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())] });
  logger.info({ endpoint: redactUrl(endpoint) }, 'spans are sent');
  return {
    provider,
    async close() {
      // A collector that is away must not hold up the end.
      await provider.shutdown().catch((error: unknown) => logger.warn({ error: messageOf(error) }, 'spans were lost'));
    },
  };
}

/** A deployment as spans: all of it, and in it the sync and the wait until it was Healthy. */
export function traceDeployment(provider: TracerProvider, deployment: Deployment): void {
  const tracer = provider.getTracer('sekisho', version);
  const { key, project, operationId, revision, repoURL, initiatedBy, phase, message } = deployment;
  const { pushedAt, startedAt, finishedAt, healthyAt } = deployment;
  const failed = phase !== 'Succeeded';
  const whole = tracer.startSpan(
    'deploy',
    {
      root: true,
      startTime: pushedAt,
      attributes: {
        'sekisho.application': key,
        'sekisho.project': project,
        'sekisho.operation_id': operationId,
        'sekisho.initiated_by': initiatedBy,
        'vcs.ref.head.revision': revision,
        'vcs.repository.url.full': redactUrl(repoURL),
      },
    },
    ROOT_CONTEXT,
  );
  const inside = trace.setSpan(ROOT_CONTEXT, whole);
  if (startedAt > pushedAt) tracer.startSpan('notice', { startTime: pushedAt }, inside).end(startedAt);
  const sync = tracer.startSpan('sync', { startTime: startedAt, attributes: { 'sekisho.phase': phase } }, inside);
  if (failed) sync.setStatus({ code: SpanStatusCode.ERROR, message: message.slice(0, 1000) });
  sync.end(finishedAt);
  if (healthyAt !== undefined) tracer.startSpan('become healthy', { startTime: finishedAt }, inside).end(healthyAt);
  if (failed) whole.setStatus({ code: SpanStatusCode.ERROR, message: message.slice(0, 1000) });
  else if (healthyAt === undefined)
    whole.setStatus({ code: SpanStatusCode.ERROR, message: 'it did not become Healthy' });
  whole.end(healthyAt ?? finishedAt);
}
