// Reads one large file of manifests at a time, so that the event loop of the server stays free.
import { parentPort } from 'node:worker_threads';
import { parseManifestFile } from '@sekisho/render';

parentPort?.on('message', ({ id, text, options }) => {
  parentPort?.postMessage({ id, file: parseManifestFile(text, options) });
});
