import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { defined, SekishoError } from '@sekisho/base';
import { type ChartCredentials, type Charts, createCharts } from '@sekisho/charts';
import { type Credentials, dockerCredentials } from '@sekisho/registry';
import type { CheckWorld } from '../check/world.ts';
import { createConsoleLogger } from '../logger.ts';
import { homeOf } from './home.ts';

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
 * Charts as a command line may fetch them. User and password go to the host of `address` and to no other; registries get what
 * `helm registry login` or `docker login` left, unless they are that host.
 *
 * @param address of the repository or the chart that the flags are about
 */
export async function openCharts(flags: ConnectionFlags, address: string, world: CheckWorld): Promise<Charts> {
  const { env } = world;
  const password = flags.password ?? env['SEKISHO_CHART_PASSWORD'];
  const connection = await connectionOf(flags, world);
  const host = hostOf(address);
  return createCharts({
    cacheFolder: join(env['XDG_CACHE_HOME'] ?? join(homeOf(world), '.cache'), 'sekisho'),
    logger: createConsoleLogger('warn'),
    credentials: async (repository) => {
      const asked = hostOf(repository);
      if (asked === host && (flags.username !== undefined || password !== undefined)) {
        return { ...connection, ...defined({ username: flags.username, password }) };
      }
      const known = /^https?:/i.test(repository) ? undefined : await registryLogin(asked, world);
      // A registry's identity token is no password: docker keeps such for its own helpers.
      if (known === undefined || known.isIdentityToken === true) return connection;
      return { ...connection, username: known.username, password: known.secret };
    },
  });
}

async function connectionOf(flags: ConnectionFlags, world: CheckWorld): Promise<ChartCredentials> {
  const read = async (path: string | undefined): Promise<string | undefined> =>
    path === undefined
      ? undefined
      : readFile(resolve(world.cwd, path), 'utf8').catch((cause: unknown) => {
          throw new SekishoError('FILE_NOT_READ', `${path} can't be read.`, { cause });
        });
  const [tlsCa, cert, key] = [await read(flags.caFile), await read(flags.certFile), await read(flags.keyFile)];
  return {
    ...defined({
      tlsCa,
      insecure: flags.insecureSkipTlsVerify,
      plainHttp: flags.plainHttp,
      passCredentials: flags.passCredentials,
    }),
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

/** Without a scheme it is a registry. */
function hostOf(address: string): string {
  return /^(?:[A-Za-z][A-Za-z0-9+.-]*:\/\/)?(?:[^@/]*@)?([^/?#]*)/.exec(address)?.[1]?.toLowerCase() ?? '';
}
