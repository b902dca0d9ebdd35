import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { SekishoError } from '@sekisho/base';

export interface Credentials {
  readonly username: string;
  /** `username` is not used when the secret is an identity token. */
  readonly secret: string;
  readonly isIdentityToken?: boolean;
}

/** Finds what to say to a registry; undefined: nothing. */
export type FindCredentials = (registry: string) => Promise<Credentials | undefined>;

const HELPER_MS = 30_000;
const MAX_HELPER_BYTES = 1024 * 1024;

/**
 * Credentials as `docker login` leaves them: in `config.json` or with a credential helper.
 *
 * @param options folder: of config.json, default `DOCKER_CONFIG`, else `~/.docker`
 */
export function dockerCredentials(
  options: { readonly folder?: string; readonly env?: Readonly<Record<string, string | undefined>> } = {},
): FindCredentials {
  const env = options.env ?? process.env;
  const folder = options.folder ?? env['DOCKER_CONFIG'] ?? join(homedir(), '.docker');
  return async (registry) => {
    const config = await readConfig(join(folder, 'config.json'));
    const helper = member(config, 'credHelpers', registry) ?? config['credsStore'];
    if (typeof helper === 'string' && helper !== '') return askHelper(helper, registry, env);
    return fromAuths(config, registry);
  };
}

type Fields = Readonly<Record<string, unknown>>;

async function readConfig(path: string): Promise<Fields> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return {};
  }
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Fields) : {};
  } catch (cause) {
    throw new SekishoError('REGISTRY_CREDENTIALS', `${path} is no JSON.`, { cause });
  }
}

function member(fields: Fields, ...names: readonly string[]): unknown {
  let value: unknown = fields;
  for (const name of names) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Fields)[name];
  }
  return value;
}

function fromAuths(config: Fields, registry: string): Credentials | undefined {
  for (const name of [registry, `https://${registry}`, `https://${registry}/v1/`, `http://${registry}`]) {
    const entry = member(config, 'auths', name);
    if (typeof entry !== 'object' || entry === null) continue;
    const { auth, username, password, identitytoken } = entry as Fields;
    if (typeof identitytoken === 'string' && identitytoken !== '') {
      return { username: '', secret: identitytoken, isIdentityToken: true };
    }
    if (typeof username === 'string' && typeof password === 'string') return { username, secret: password };
    if (typeof auth !== 'string') continue;
    const text = Buffer.from(auth, 'base64').toString('utf8');
    const colon = text.indexOf(':');
    if (colon >= 0) return { username: text.slice(0, colon), secret: text.slice(colon + 1) };
  }
  return undefined;
}

/** @see the protocol of docker-credential-helpers: `get` with the registry on standard input */
function askHelper(
  helper: string,
  registry: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Credentials | undefined> {
  if (!/^[A-Za-z0-9._-]+$/.test(helper)) {
    return Promise.reject(new SekishoError('REGISTRY_CREDENTIALS', 'The name of the credential helper is no name.'));
  }
  return new Promise((resolve, reject) => {
    const child = spawn(`docker-credential-${helper}`, ['get'], {
      env: { ...env },
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: HELPER_MS,
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      if (text.length < MAX_HELPER_BYTES) text += part;
    });
    child.stdin.on('error', () => {}); // It may end before it has read everything.
    child.stdin.end(registry);
    child.on('error', (cause) =>
      reject(
        new SekishoError('REGISTRY_CREDENTIALS', `The credential helper docker-credential-${helper} can't be run.`, {
          cause,
          hint: "Install it, or take it out of Docker's config.json.",
        }),
      ),
    );
    child.on('close', (code) => {
      // It has none for this registry.
      if (code !== 0) resolve(undefined);
      else resolve(helperAnswer(text));
    });
  });
}

function helperAnswer(text: string): Credentials | undefined {
  try {
    const { Username: username, Secret: secret } = JSON.parse(text) as Fields;
    if (typeof username !== 'string' || typeof secret !== 'string') return undefined;
    return { username, secret, isIdentityToken: username === '<token>' };
  } catch {
    return undefined;
  }
}
