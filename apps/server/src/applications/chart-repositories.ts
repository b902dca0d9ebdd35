import type { Logger } from '@sekisho/base';
import { type Charts, createCharts } from '@sekisho/charts';
import { type AddressRules, checkHost, parseAddress } from '@sekisho/git';
import type { RepositoryCredentials } from './repository-credentials.ts';

/** Charts of repositories and registries, which must not lead to where no repository of git may either. */
export function createChartRepositories(options: {
  readonly cacheFolder: string;
  readonly credentials: Pick<RepositoryCredentials, 'charts'>;
  readonly allowLoopback: boolean;
  readonly logger: Logger;
}): Charts {
  const rules: AddressRules = { allowLoopback: options.allowLoopback, allowFile: false };
  return createCharts({
    cacheFolder: options.cacheFolder,
    credentials: options.credentials.charts,
    permit: async (address) => {
      await checkHost(parseAddress(address.replace(/^oci:/i, 'https:'), rules), rules);
    },
    logger: options.logger,
  });
}
