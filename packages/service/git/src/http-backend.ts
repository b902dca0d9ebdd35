import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Logger } from '@sekisho/base';
import { endProcess, type GitCommand, keepTail } from './command.ts';
import { gitEnvironment } from './environment.ts';

export interface BackendRequest {
  /** Folder that holds the repositories. */
  readonly root: string;
  /** Path below `root`, such as `/config.git/git-upload-pack`. */
  readonly path: string;
  readonly query: string;
  readonly user: string;
}

export interface BackendOptions {
  readonly command: GitCommand;
  readonly logger: Logger;
  /** A transfer during which nothing moves for this long is ended. */
  readonly idleTimeoutMs: number;
  /** Ends the transfer. */
  readonly signal: AbortSignal;
  /** Called after git ended and before the answer does. */
  readonly onExit?: () => Promise<void>;
}

const maxHeaderBytes = 16 * 1024;

/**
 * Runs `git http-backend` as a CGI program (RFC 3875) for one request: bodies stream both ways, compressed requests are
 * inflated by git. A client that goes away ends the process.
 */
export function runBackend(
  request: IncomingMessage,
  response: ServerResponse,
  target: BackendRequest,
  options: BackendOptions,
): Promise<void> {
  const { command, logger } = options;
  return new Promise((resolve) => {
    const child = spawn(join(command.execPath, 'git-http-backend'), [], {
      cwd: command.home.dir,
      env: cgiEnvironment(request, target, command),
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    const stderr = keepTail(child.stderr, 4096);
    let done = false;
    const onClose = () => {
      if (!done) endProcess(child);
    };
    response.once('close', onClose);
    options.signal.addEventListener('abort', onClose, { once: true });
    let timer: NodeJS.Timeout;
    const touch = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        logger.warn({ path: target.path }, 'git transfer stood still and was ended');
        endProcess(child);
      }, options.idleTimeoutMs);
      timer.unref();
    };
    touch();

    request.on('data', touch);
    // Git may answer before it has read everything (a pack over the limit): its closed stdin is no error of ours.
    child.stdin.on('error', () => request.resume());
    request.on('error', () => endProcess(child));
    request.pipe(child.stdin);

    let head: Buffer | undefined = Buffer.alloc(0);
    child.stdout.on('data', (chunk: Buffer) => {
      touch();
      let body = chunk;
      if (head !== undefined) {
        head = Buffer.concat([head, chunk]);
        const end = headerEnd(head);
        if (end === undefined) {
          if (head.length > maxHeaderBytes) endProcess(child);
          return;
        }
        sendHead(response, head.toString('latin1', 0, end.start));
        body = head.subarray(end.stop);
        head = undefined;
      }
      if (body.length > 0 && !response.write(body)) {
        child.stdout.pause();
        response.once('drain', () => child.stdout.resume());
      }
    });

    const finish = async (failed: string | undefined) => {
      if (done) return;
      done = true;
      clearTimeout(timer);
      response.off('close', onClose);
      options.signal.removeEventListener('abort', onClose);
      if (failed !== undefined) logger.warn({ path: target.path, reason: failed }, 'git http-backend failed');
      try {
        await options.onExit?.();
      } catch (error) {
        logger.error({ path: target.path, error: String(error) }, 'push was not announced');
      }
      request.unpipe(child.stdin);
      request.resume();
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
      response.end();
      resolve();
    };
    child.once('error', (error) => void finish(error.message));
    child.once('close', (code) => void finish(code === 0 ? undefined : stderr().trim() || `status ${code}`));
  });
}

function cgiEnvironment(request: IncomingMessage, target: BackendRequest, command: GitCommand): Record<string, string> {
  const header = (name: string) => {
    const value = request.headers[name];
    return typeof value === 'string' ? value : '';
  };
  const protocol = header('git-protocol');
  return gitEnvironment(command.home, {
    GATEWAY_INTERFACE: 'CGI/1.1',
    SERVER_PROTOCOL: 'HTTP/1.1',
    REQUEST_METHOD: request.method ?? 'GET',
    QUERY_STRING: target.query,
    CONTENT_TYPE: header('content-type'),
    // Without a length (chunked) git reads to the end.
    CONTENT_LENGTH: header('content-length'),
    HTTP_CONTENT_ENCODING: header('content-encoding'),
    GIT_PROJECT_ROOT: target.root,
    PATH_INFO: target.path,
    GIT_HTTP_EXPORT_ALL: '1',
    REMOTE_USER: target.user,
    REMOTE_ADDR: request.socket.remoteAddress ?? '',
    // The user's name in the reflog and in messages only.
    GIT_COMMITTER_NAME: target.user,
    GIT_COMMITTER_EMAIL: `${target.user}@sekisho`,
    ...(/^[\w=:.]{1,200}$/.test(protocol) ? { GIT_PROTOCOL: protocol } : {}),
  });
}

function headerEnd(data: Buffer): { start: number; stop: number } | undefined {
  const crlf = data.indexOf('\r\n\r\n');
  if (crlf >= 0) return { start: crlf, stop: crlf + 4 };
  const lf = data.indexOf('\n\n');
  return lf >= 0 ? { start: lf, stop: lf + 2 } : undefined;
}

function sendHead(response: ServerResponse, text: string): void {
  let status = 200;
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).trim();
    if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10) || 500;
    else response.setHeader(name, value);
  }
  response.writeHead(status);
}
