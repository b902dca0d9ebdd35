import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { SekishoError } from '@sekisho/base';

/** How to reach one server. */
export interface ServerEntry {
  readonly server: string;
  readonly token: string;
  readonly kubeconfig?: string;
}

interface ConfigFile {
  readonly current?: string;
  readonly contexts?: Readonly<Record<string, ServerEntry>>;
}

/** `$SEKISHO_CONFIG`, or `sekisho/config.json` in XDG's place. */
export function configPath(env: NodeJS.ProcessEnv): string {
  return env['SEKISHO_CONFIG'] || join(env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'sekisho', 'config.json');
}

/**
 * The context of this name, or the current one.
 *
 * @throws SekishoError CONFIG_UNREADABLE, also when there is no context of this name
 */
export function contextNamed(name: string | undefined, env: NodeJS.ProcessEnv): ServerEntry | undefined {
  const path = configPath(env);
  if (!existsSync(path)) {
    if (name === undefined) return undefined;
    throw new SekishoError('CONFIG_UNREADABLE', `There is no config file at ${path}, so no context "${name}".`);
  }
  const config = readJson(path) as ConfigFile;
  const wanted = name ?? config.current;
  const entry = wanted === undefined ? undefined : config.contexts?.[wanted];
  if (entry === undefined && name !== undefined) {
    throw new SekishoError('CONFIG_UNREADABLE', `The config file ${path} has no context "${name}".`, {
      hint: `It has: ${Object.keys(config.contexts ?? {}).join(', ') || 'none'}.`,
    });
  }
  return entry;
}

/** A context of this server, the current one before others. */
export function contextFor(server: string, env: NodeJS.ProcessEnv): ServerEntry | undefined {
  if (!existsSync(configPath(env))) return undefined;
  const { current = '', contexts = {} } = readJson(configPath(env)) as ConfigFile;
  return [contexts[current], ...Object.values(contexts)].find(
    (entry) => entry !== undefined && isSameServer(entry.server, server),
  );
}

/** Whether both addresses lead to one server, as far as their texts say: scheme, name and port. */
export function isSameServer(one: string, other: string): boolean {
  if (!URL.canParse(one) || !URL.canParse(other)) return one === other;
  return new URL(one).origin === new URL(other).origin;
}

/** Name of the current context. */
export function currentContext(env: NodeJS.ProcessEnv): string | undefined {
  return existsSync(configPath(env)) ? (readJson(configPath(env)) as ConfigFile).current : undefined;
}

/** Keeps a context and makes it the current one; its kubeconfig stays. The file is the user's alone. */
export function saveContext(name: string, entry: ServerEntry, env: NodeJS.ProcessEnv): void {
  change(env, ({ contexts = {} }) => ({
    current: name,
    contexts: { ...contexts, [name]: { ...contexts[name], ...entry } },
  }));
}

export function deleteContext(name: string, env: NodeJS.ProcessEnv): void {
  change(env, ({ current, contexts = {} }) => {
    const { [name]: _, ...rest } = contexts;
    return { ...(current === undefined || current === name ? {} : { current }), contexts: rest };
  });
}

/** Replaced as a whole: who reads it at the same time sees the old one or the new one. */
function change(env: NodeJS.ProcessEnv, edit: (config: ConfigFile) => ConfigFile): void {
  const path = configPath(env);
  const before: ConfigFile = existsSync(path) ? (readJson(path) as ConfigFile) : {};
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const written = `${path}.${process.pid}`;
  writeFileSync(written, `${JSON.stringify(edit(before), null, 2)}\n`, { mode: 0o600 });
  chmodSync(written, 0o600);
  renameSync(written, path);
}

/** @throws SekishoError CONFIG_UNREADABLE */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new SekishoError('CONFIG_UNREADABLE', `The file ${path} can't be read.`, {
      cause,
      hint: 'Is the server of this data folder running, and are you its owner?',
    });
  }
}
