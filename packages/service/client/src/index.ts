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
export { createEventRecorder, type EventRecorder, type EventRecorderOptions } from './event-recorder.ts';
export {
  createInformer,
  type Informer,
  type InformerEvent,
  type InformerHandler,
  type InformerOptions,
} from './informer.ts';
export type { IndexFunction } from './object-cache.ts';
export { errorOfStatus, type KubeStatus } from './status-error.ts';
export { createWorkQueue, type WorkQueue, type WorkQueueOptions } from './work-queue.ts';
