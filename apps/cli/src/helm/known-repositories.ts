import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defined, parseYamlDocuments, SekishoError } from '@sekisho/base';
import type { CheckWorld } from '../check/world.ts';
import { homeOf } from './home.ts';

/** A repository that `helm repo add` remembers. */
export interface KnownRepository {
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  readonly passCredentials?: boolean;
  /** Paths of PEM files. */
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly insecure?: boolean;
}

/**
 * Helm's repositories.yaml, by name; empty when there is none.
 *
 * @throws SekishoError FILE_NOT_READ
 */
export async function readKnownRepositories(world: CheckWorld): Promise<ReadonlyMap<string, KnownRepository>> {
  const { HELM_REPOSITORY_CONFIG: given, XDG_CONFIG_HOME: config } = world.env;
  const path = given ?? join(config ?? join(homeOf(world), '.config'), 'helm', 'repositories.yaml');
  const text = await readFile(path, 'utf8').catch(() => '');
  const { documents, diagnostics } = parseYamlDocuments(text, { file: path });
  const [fault] = diagnostics.filter(({ severity }) => severity === 'error');
  if (fault !== undefined) {
    throw new SekishoError('FILE_NOT_READ', `${path} is no YAML: ${fault.message}`, {
      hint: 'helm repo add writes it.',
    });
  }
  const list = fieldsOf(documents[0]?.value)['repositories'];
  const known = new Map<string, KnownRepository>();
  for (const entry of Array.isArray(list) ? list : []) {
    const fields = fieldsOf(entry);
    const text = (name: string): string | undefined => {
      const value = fields[name];
      return typeof value === 'string' && value !== '' ? value : undefined;
    };
    const [name, url] = [text('name'), text('url')];
    if (name === undefined || url === undefined) continue;
    known.set(name, {
      url,
      ...defined({
        username: text('username'),
        password: text('password'),
        passCredentials: fields['pass_credentials_all'] === true ? true : undefined,
        caFile: text('caFile'),
        certFile: text('certFile'),
        keyFile: text('keyFile'),
        insecure: fields['insecure_skip_tls_verify'] === true ? true : undefined,
      }),
    });
  }
  return known;
}

/** For dependencies of `@name`. @throws SekishoError FILE_NOT_READ */
export async function repositoryAliases(world: CheckWorld): Promise<ReadonlyMap<string, string>> {
  return new Map([...(await readKnownRepositories(world))].map(([name, { url }]) => [name, url]));
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}
