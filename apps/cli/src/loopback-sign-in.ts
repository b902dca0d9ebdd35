import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SekishoError } from '@sekisho/base';

/** What a browser brought back, and what proves that this program sent it. */
export interface BrowserSignIn {
  readonly code: string;
  readonly verifier: string;
}

const DONE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Signed in</title>
<h1>Signed in</h1><p>Go on in the terminal; this page can be closed.</p></html>\n`;

/**
 * Signs in with a browser: it goes to the server, from there to the identity provider, and comes back to a port of this
 * machine with a code that only this program can use.
 *
 * @param show called with the address to open, for people whose browser does not open by itself
 * @throws SekishoError SIGN_IN_FAILED when the browser brings something else
 */
export async function signInWithBrowser(
  server: string,
  options: { signal: AbortSignal; show: (url: string) => void; open?: boolean },
): Promise<BrowserSignIn> {
  const verifier = randomBytes(32).toString('base64url');
  const state = randomBytes(16).toString('base64url');
  const listener = createServer();
  const port = await listen(listener);
  try {
    const url = new URL('/auth/oidc/login', server);
    url.search = new URLSearchParams({
      port: String(port),
      challenge: createHash('sha256').update(verifier).digest('base64url'),
      state,
    }).toString();
    const code = codeFor(listener, state, options.signal);
    options.show(url.href);
    if (options.open !== false) openBrowser(url.href);
    return { code: await code, verifier };
  } finally {
    listener.closeAllConnections();
    listener.close();
  }
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function codeFor(server: Server, state: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    server.on('request', (request, response) => {
      const { searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
      const code = searchParams.get('code');
      // Other pages of the browser can ask this port, too; they don't know the state.
      if (code === null || searchParams.get('state') !== state) {
        response.writeHead(404).end();
        return;
      }
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', connection: 'close' });
      response.end(DONE, () => resolve(code));
    });
    server.on('error', (cause) =>
      reject(new SekishoError('SIGN_IN_FAILED', 'The browser could not come back.', { cause })),
    );
  });
}

/** Whether it works or not: the address has been shown. */
function openBrowser(url: string): void {
  const [command, ...args] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['explorer', url]
        : ['xdg-open', url];
  const child = spawn(command ?? '', args, { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}
