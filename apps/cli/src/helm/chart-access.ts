import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { defined, SekishoError } from '@sekisho/base';
import { type ChartCredentials, type Charts, createCharts } from '@sekisho/charts';
import { type Credentials, dockerCredentials, parseUrl } from '@sekisho/registry';
import type { CheckWorld } from '../check/world.ts';
import { createConsoleLogger } from '../logger.ts';
import { homeOf } from './home.ts';
import { type KnownRepository, readKnownRepositories } from './known-repositories.ts';

export interface ConnectionFlags {
  readonly username?: string;
  readonly password?: string;
  readonly passCredentials?: boolean;
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly insecureSkipTlsVerify?: boolean;
  readonly plainHttp?: boolean;
}

/**
 * Charts as a command line may fetch them. User and password go to the server of `address` and to no other. Other repositories get
 * what `helm repo add` remembers of them, registries what `helm registry login` or `docker login` left.
 *
 * @param address of the repository or the chart that the flags are about
 */
export async function openCharts(flags: ConnectionFlags, address: string, world: CheckWorld): Promise<Charts> {
  const { env } = world;
  const password = flags.password ?? env['SEKISHO_CHART_PASSWORD'];
  const connection = await connectionOf(flags, world);
  const server = serverOf(address);
  const known = [...(await readKnownRepositories(world)).values()];
  return createCharts({
    cacheFolder: join(env['XDG_CACHE_HOME'] ?? join(homeOf(world), '.cache'), 'sekisho'),
    logger: createConsoleLogger('warn'),
    credentials: async (repository) => {
      const asked = serverOf(repository);
      if (asked === server && (flags.username !== undefined || password !== undefined)) {
        return { ...connection, ...defined({ username: flags.username, password }) };
      }
      const remembered = known.find(({ url }) => bare(url) === bare(repository));
      if (remembered !== undefined) return { ...connection, ...(await credentialsOf(remembered, world)) };
      const login = asked.startsWith(OCI) ? await registryLogin(asked.slice(OCI.length), world) : undefined;
      // A registry's identity token is no password: docker keeps such for its own helpers.
      if (login === undefined || login.isIdentityToken === true) return connection;
      return { ...connection, username: login.username, password: login.secret };
    },
  });
}

async function credentialsOf(repository: KnownRepository, world: CheckWorld): Promise<ChartCredentials> {
  const { username, password, insecure, passCredentials } = repository;
  return {
    ...defined({ username, password, insecure, passCredentials }),
    ...(await certificatesOf(repository, world)),
  };
}

async function connectionOf(flags: ConnectionFlags, world: CheckWorld): Promise<ChartCredentials> {
  return {
    ...defined({
      insecure: flags.insecureSkipTlsVerify,
      plainHttp: flags.plainHttp,
      passCredentials: flags.passCredentials,
    }),
    ...(await certificatesOf(flags, world)),
  };
}

async function certificatesOf(
  files: Pick<ConnectionFlags, 'caFile' | 'certFile' | 'keyFile'>,
  world: CheckWorld,
): Promise<ChartCredentials> {
  const read = async (path: string | undefined): Promise<string | undefined> =>
    path === undefined
      ? undefined
      : readFile(resolve(world.cwd, path), 'utf8').catch((cause: unknown) => {
          throw new SekishoError('FILE_NOT_READ', `${path} can't be read.`, { cause });
        });
  const [tlsCa, cert, key] = [await read(files.caFile), await read(files.certFile), await read(files.keyFile)];
  return {
    ...defined({ tlsCa }),
    ...(cert === undefined || key === undefined ? {} : { clientCertificate: { cert, key } }),
  };
}

/** Helm's own logins come before those of docker. */
async function registryLogin(registry: string, world: CheckWorld): Promise<Credentials | undefined> {
  const { env } = world;
  const { HELM_REGISTRY_CONFIG: given } = env;
  const helm =
    given ?? join(env['XDG_CONFIG_HOME'] ?? join(homeOf(world), '.config'), 'helm', 'registry', 'config.json');
  const found =
    basename(helm) === 'config.json' ? await dockerCredentials({ folder: dirname(helm), env })(registry) : undefined;
  const docker = env['DOCKER_CONFIG'] ?? join(homeOf(world), '.docker');
  return found ?? dockerCredentials({ folder: docker, env })(registry);
}

const OCI = 'oci://';

/** Who is asked: scheme, host and port. Without a scheme it is a registry. */
function serverOf(address: string): string {
  const url = parseUrl(address);
  return (
    url?.origin ??
    `${OCI}${address
      .replace(/^oci:\/\//i, '')
      .split('/')[0]
      ?.toLowerCase()}`
  );
}

function bare(url: string): string {
  return url.replace(/\/+$/, '');
}
