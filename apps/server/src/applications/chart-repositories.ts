import type { Logger } from '@sekisho/base';
import { type Charts, createCharts } from '@sekisho/charts';
import { type AddressRules, checkHost, parseAddress } from '@sekisho/git';
import type { RepositoryCredentials } from './repository-credentials.ts';

export interface ChartRepositories extends Pick<Charts, 'fetch' | 'resolve' | 'close'> {}

/** Charts of repositories and registries, which must not lead to where no repository of git may either. */
export function createChartRepositories(options: {
  readonly cacheFolder: string;
  readonly credentials: Pick<RepositoryCredentials, 'charts'>;
  readonly allowLoopback: boolean;
  readonly logger: Logger;
}): ChartRepositories {
  const charts = createCharts({
    cacheFolder: options.cacheFolder,
    credentials: options.credentials.charts,
    logger: options.logger,
  });
  const rules: AddressRules = { allowLoopback: options.allowLoopback, allowFile: false };

  /** @throws SekishoError GIT_FORBIDDEN_URL | GIT_UNREACHABLE */
  async function check(repository: string): Promise<void> {
    const address = repository.replace(/^oci:\/\//i, 'https://');
    await checkHost(parseAddress(/^[a-z]+:\/\//i.test(address) ? address : `https://${address}`, rules), rules);
  }

  return {
    async fetch(request) {
      await check(request.repository);
      return charts.fetch(request);
    },
    async resolve(repository, name, range, more) {
      await check(repository);
      return charts.resolve(repository, name, range, more);
    },
    close: () => charts.close(),
  };
}
