import { BuildFault, withinAsync } from '../fault.ts';
import type { GeneratorConfig } from '../kustomization/types.ts';

export interface KeyValue {
  readonly key: string;
  readonly value: Uint8Array;
}

/** Reads a file below the kustomization. @throws BuildFault */
export type LoadFile = (path: string) => Promise<Uint8Array>;

const quote = JSON.stringify;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The entries of a generated ConfigMap or Secret: from environment files, literals and files. @throws BuildFault */
export async function loadKeyValues(config: GeneratorConfig, load: LoadFile): Promise<KeyValue[]> {
  const prefix = (kind: string, sources: readonly string[]) => `loading KV pairs: ${kind}: [${sources.join(' ')}]`;
  const { envs = [], literals = [], files = [] } = config;
  const pairs: KeyValue[] = [];
  await withinAsync(prefix('env source files', envs), async () => {
    for (const path of envs) pairs.push(...parseEnv(decoder.decode(await load(path))));
  });
  await withinAsync(prefix('literal sources', literals).replace(': [', ' ['), async () => {
    for (const literal of literals) pairs.push(parseLiteral(literal));
  });
  await withinAsync(prefix('file sources', files), async () => {
    for (const source of files) {
      const { key, path } = parseFileSource(source);
      pairs.push({ key, value: await load(path) });
    }
  });
  return pairs;
}

/** `KEY=value` lines; `#` begins a comment, a key alone has no value here. */
function parseEnv(text: string): KeyValue[] {
  const pairs: KeyValue[] = [];
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  for (const raw of lines) {
    const line = raw.replace(/^\s+/, '');
    if (line === '' || line.startsWith('#')) continue;
    const equals = line.indexOf('=');
    const key = equals < 0 ? line : line.slice(0, equals);
    pairs.push({ key, value: encoder.encode(equals < 0 ? '' : line.slice(equals + 1)) });
  }
  return pairs;
}

function parseLiteral(source: string): KeyValue {
  const equals = source.indexOf('=');
  if (equals <= 0) throw new BuildFault(`invalid literal source ${source}, expected key=value`);
  const value = source.slice(equals + 1);
  const first = value.charAt(0);
  const quoted = value.length > 1 && (first === '"' || first === "'") && value.endsWith(first);
  return { key: source.slice(0, equals), value: encoder.encode(quoted ? value.slice(1, -1) : value) };
}

function parseFileSource(source: string): { key: string; path: string } {
  const parts = source.split('=');
  if (parts.length === 1) return { key: source.slice(source.lastIndexOf('/') + 1), path: source };
  const [key = '', path = ''] = parts;
  if (parts.length > 2) throw new BuildFault(`source ${quote(source)} key name or file path contains '='`);
  if (key === '') throw new BuildFault(`missing key name for file path ${quote(path)} in source ${quote(source)}`);
  if (path === '') throw new BuildFault(`missing file path for key name ${quote(key)} in source ${quote(source)}`);
  return { key, path };
}
