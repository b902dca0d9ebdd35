import { type Clock, type Logger, systemClock } from '@sekisho/base';
import type { KubeClient } from '@sekisho/client';
import { startAutoscalingController } from './autoscaling/controller.ts';
import { startCronJobController } from './cronjob/controller.ts';
import { startDaemonSetController } from './daemonset/controller.ts';
import { startDeploymentController } from './deployment/controller.ts';
import { startDisruptionController } from './disruption/controller.ts';
import { startEndpointsController } from './endpoints/controller.ts';
import { startLoadBalancerController } from './endpoints/load-balancer.ts';
import { startEventExpiry } from './events/expiry.ts';
import { startGarbageCollector } from './garbage-collector/controller.ts';
import { startJobController } from './job/controller.ts';
import { startNamespaceDefaults } from './namespace/defaults.ts';
import { startNamespaceTermination } from './namespace/termination.ts';
import { startKubelet } from './node/kubelet.ts';
import { startNode } from './node/node-object.ts';
import { startScheduler } from './node/scheduler.ts';
import { startReplicaSetController, startReplicationController } from './replicaset/controller.ts';
import { createResourceMonitor } from './runtime/resource-monitor.ts';
import { createRuntime } from './runtime/runtime.ts';
import { startStatefulSetController } from './statefulset/controller.ts';
import { startVolumeController } from './volumes/controller.ts';

export interface NodeOptions {
  /** Default `sekisho-node`. */
  readonly name?: string;
  /** From binding to running, milliseconds. Default 10. */
  readonly startupMs?: number;
  /** How long containers that end run, milliseconds. Default 500. */
  readonly jobMs?: number;
}

export interface ControllersOptions {
  readonly client: KubeClient;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** The simulated node with its scheduler; `false` where real nodes are. */
  readonly node?: NodeOptions | false;
  /** The address that Services of type LoadBalancer and Ingresses get. Default 127.0.0.1; `false`: they get none. */
  readonly loadBalancerAddress?: string | false;
  /** Published in each namespace as the ConfigMap `kube-root-ca.crt`. */
  readonly caPem?: string;
  /** Wait before a job replaces a failed pod, doubling; default 10 s as upstream. */
  readonly jobBackoffMs?: number;
}

export interface Controllers {
  /** Resolves when the caches are complete and the controllers work. */
  ready(): Promise<void>;
  /** Stops all work and waits for it. What is half done is finished by the next start. */
  close(): Promise<void>;
}

const NODE_NAME = 'sekisho-node';
const NODE_IP = '10.0.0.1';
const LOAD_BALANCER_ADDRESS = '127.0.0.1';

/**
 * Starts what kube-controller-manager, kube-scheduler and a kubelet do, as clients of one cluster.
 * @throws SekishoError of the client when the cluster can't be asked for its kinds
 */
export async function startControllers(options: ControllersOptions): Promise<Controllers> {
  const { client, logger, clock = systemClock, node = {} } = options;
  const runtime = createRuntime({ client, logger, clock });
  startDeploymentController(runtime);
  startReplicaSetController(runtime);
  startReplicationController(runtime);
  startJobController(runtime, options.jobBackoffMs === undefined ? {} : { backoffMs: options.jobBackoffMs });
  startCronJobController(runtime);
  startStatefulSetController(runtime);
  startDaemonSetController(runtime);
  startEndpointsController(runtime);
  startDisruptionController(runtime);
  startAutoscalingController(runtime);
  const { loadBalancerAddress = LOAD_BALANCER_ADDRESS } = options;
  if (loadBalancerAddress !== false) startLoadBalancerController(runtime, loadBalancerAddress);
  startNamespaceDefaults(runtime, options.caPem);
  startEventExpiry(runtime);
  if (node !== false) {
    startVolumeController(runtime);
    const { name = NODE_NAME, startupMs = 10, jobMs = 500 } = node;
    startNode(runtime, { name, ip: NODE_IP });
    startScheduler(runtime);
    startKubelet(runtime, { name, ip: NODE_IP, startupMs, jobMs });
  }
  // Last: kinds that a controller above wants whole must not be cached as metadata only.
  const monitor = createResourceMonitor(runtime);
  startGarbageCollector(runtime, monitor);
  startNamespaceTermination(runtime, monitor);
  try {
    await monitor.start();
  } catch (error) {
    await runtime.close();
    throw error;
  }
  runtime.start();
  return { ready: () => runtime.ready(), close: () => runtime.close() };
}
