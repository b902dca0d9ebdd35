export {
  type ApplyOptions,
  type ClientOptions,
  createClient,
  type DeleteOptions,
  type KubeClient,
  type ListOptions,
  type ObjectList,
  type Patch,
  type ReadOptions,
  type ResourceType,
  type WatchOptions,
  type WriteOptions,
} from './client.ts';
export { CLUSTER_SECRET_LABEL, type ClusterSecretOptions, connectionFromClusterSecret } from './cluster-secret.ts';
export type { AuthConfig, ConnectionConfig, ExecAuthConfig, TlsConfig } from './connection.ts';
export { createDiscovery, type Discovery } from './discovery.ts';
export { createEventRecorder, type EventRecorder, type EventRecorderOptions } from './event-recorder.ts';
export { createHttpTransport, type HttpTransport, type HttpTransportOptions } from './http-transport.ts';
export { isInCluster, loadInCluster } from './in-cluster.ts';
export {
  createInformer,
  type Informer,
  type InformerEvent,
  type InformerHandler,
  type InformerOptions,
} from './informer.ts';
export { type KubeconfigSource, kubeconfigContexts, kubeconfigServers, loadKubeconfig } from './kubeconfig.ts';
export { createLatch, type Latch } from './latch.ts';
export type { IndexFunction } from './object-cache.ts';
export { errorOfStatus, type KubeStatus } from './status-error.ts';
export { createWorkQueue, type WorkQueue, type WorkQueueObserver, type WorkQueueOptions } from './work-queue.ts';
