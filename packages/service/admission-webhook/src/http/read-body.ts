import type { IncomingMessage } from 'node:http';

export type BodyFault = 'too large' | 'broken off';

/** Who sends too much reads no answer before it is rid of it: so much is thrown away. */
const PATIENCE = 8;

/**
 * The bytes of a request in memory of their own, so that they can go to a thread without others.
 *
 * @param maxBytes what is longer is not kept
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array | BodyFault> {
  const announced = Number(request.headers['content-length'] ?? Number.NaN);
  if (announced > maxBytes * PATIENCE) return Promise.resolve('too large');
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= maxBytes) chunks.push(chunk);
      else if (length <= maxBytes * PATIENCE) chunks.length = 0;
      else {
        request.pause();
        resolve('too large');
      }
    });
    request.on('end', () => resolve(length > maxBytes ? 'too large' : joined(chunks, length)));
    request.on('close', () => resolve('broken off'));
    request.on('error', () => resolve('broken off'));
  });
}

function joined(chunks: readonly Buffer[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
