export { createThreadPool, type ThreadJob, type ThreadPool, type ThreadPoolOptions } from './pool.ts';
export { serveThread, type ThreadContext } from './serve.ts';
export type { ThreadFaults } from './thread.ts';
