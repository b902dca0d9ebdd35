import { Worker } from 'node:worker_threads';
import { SekishoError } from '@sekisho/base';
import type { ManifestFile, ManifestFileOptions } from '@sekisho/render';

/** Parses files whose parsing would hold up everybody else, in a thread that lives while it is used. */
export interface LargeFileParser {
  /** @throws SekishoError RENDER_WORKER_FAILED when the thread ends, for want of memory say */
  parse(text: string, options: ManifestFileOptions): Promise<ManifestFile>;
  close(): Promise<void>;
}

const IDLE_MS = 30_000;
const HEAP_MB = 1024;

interface Waiting {
  readonly resolve: (file: ManifestFile) => void;
  readonly reject: (error: Error) => void;
}

export function createLargeFileParser(): LargeFileParser {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let lastId = 0;

  function start(): Worker {
    const started = new Worker(new URL('./large-file-worker.mjs', import.meta.url), {
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    started.unref();
    started.on('message', ({ id, file }: { id: number; file: ManifestFile }) => {
      waiting.get(id)?.resolve(file);
      waiting.delete(id);
      idle = waiting.size === 0 ? setTimeout(stop, IDLE_MS).unref() : undefined;
    });
    started.on('error', (cause) => fail(started, cause));
    started.on('exit', () => fail(started, undefined));
    return started;
  }

  function fail(ended: Worker, cause: unknown): void {
    if (worker === ended) worker = undefined;
    for (const { reject } of waiting.values()) {
      reject(
        new SekishoError('RENDER_WORKER_FAILED', 'A large file could not be read: its thread ended.', {
          cause,
          retryable: true,
        }),
      );
    }
    waiting.clear();
  }

  async function stop(): Promise<void> {
    const ending = worker;
    worker = undefined;
    await ending?.terminate();
  }

  return {
    parse(text, options) {
      clearTimeout(idle);
      worker ??= start();
      const id = ++lastId;
      const running = worker;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        running.postMessage({ id, text, options });
      });
    },
    async close() {
      clearTimeout(idle);
      await stop();
    },
  };
}
