import type { Logger } from '@sekisho/base';
import type { Metrics } from '../metrics.ts';
import type { Deployment } from './deployments.ts';
import { type Tracing, traceDeployment } from './tracing.ts';

/** Tells of a deployment that is over: in the metrics, in the log, and as a trace when somebody wants it. */
export function reportDeployment(
  deployment: Deployment,
  options: { metrics: Metrics; tracing: Tracing | undefined; logger: Logger },
): void {
  const { key: app, operationId: operation, revision, trigger, phase } = deployment;
  const { pushedAt, startedAt, finishedAt, healthyAt } = deployment;
  const { metrics, tracing, logger } = options;
  metrics.syncSeconds.observe({ phase }, (finishedAt - startedAt) / 1000);
  if (healthyAt !== undefined) metrics.deploySeconds.observe((healthyAt - pushedAt) / 1000);
  if (tracing !== undefined) traceDeployment(tracing.provider, deployment);
  const seconds = ((healthyAt ?? finishedAt) - pushedAt) / 1000;
  const message = healthyAt === undefined ? 'a deployment ended and is not Healthy' : 'a deployment is Healthy';
  logger.info({ app, operation, revision, trigger, phase, seconds }, message);
}
