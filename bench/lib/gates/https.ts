import { request } from 'node:https';

/** Sends one request, by POST when it has a body, and reads the answer's JSON. @throws what the connection throws */
export function askJson(url: string, { ca, body }: { readonly ca: string; readonly body?: string }): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const asked = request(url, { method: body === undefined ? 'GET' : 'POST', ca, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString())));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}
