import { redactUrl, SekishoError } from '@sekisho/base';
import type { VersionChoice } from '@sekisho/helm';
import type { HttpFailure } from '@sekisho/registry';

/** Errors of requests to a repository. */
export const repositoryFailure: HttpFailure = (kind, message, options) => {
  switch (kind) {
    case 'unreachable':
      return new SekishoError('CHART_REPOSITORY_UNREACHABLE', message, {
        ...options,
        hint: 'Is the address of the repository right, and may this machine reach it?',
      });
    case 'too-large':
      return new SekishoError('CHART_REPOSITORY_TOO_LARGE', message, options);
    case 'redirect':
      return new SekishoError('CHART_REPOSITORY_REFUSED', message, options);
  }
};

export function refusedBy(url: URL, status: number): SekishoError {
  const what = redactUrl(url.href);
  if (status === 401 || status === 403) {
    return new SekishoError('CHART_REPOSITORY_REFUSED', `${what} wants (other) credentials.`, {
      hint: 'Give the repository a Secret with username and password, or use --username and --password.',
    });
  }
  return new SekishoError('CHART_REPOSITORY_REFUSED', `${what} answered ${status}.`, {
    retryable: status === 429 || status >= 500,
    ...(status === 404 ? { hint: 'A chart repository has an index.yaml; a registry is named with oci://.' } : {}),
  });
}

export function noChart(repository: string, name: string): SekishoError {
  return new SekishoError('CHART_REPOSITORY_NO_CHART', `There is no chart ${name} in ${redactUrl(repository)}.`, {
    hint: 'Is its name right?',
  });
}

export function noVersion(
  repository: string,
  name: string,
  wanted: string,
  choice: VersionChoice & { version: undefined },
): SekishoError {
  const where = `${name} in ${redactUrl(repository)}`;
  if (choice.reason === 'range') {
    return new SekishoError('CHART_REPOSITORY_NO_VERSION', `${JSON.stringify(wanted)} is no version of ${where}.`, {
      hint: 'A version is 1.2.3, a range ^1.2, ~1.2.3 or >=1 <3.',
    });
  }
  const all = wanted === '' ? 'no release' : `no version ${JSON.stringify(wanted)}`;
  return new SekishoError('CHART_REPOSITORY_NO_VERSION', `There is ${all} of ${where}.`, {
    hint: 'Pre-releases count only where the range names one: >=1.0.0-0.',
  });
}

export function wrongDigest(what: string, digest: string): SekishoError {
  return new SekishoError('CHART_REPOSITORY_DIGEST', `${what} is not what its digest ${digest} says.`, {
    hint: 'It was damaged or exchanged on the way, or the index is out of date; nothing of it was used.',
  });
}

export function wrongAddress(address: string, why: string): SekishoError {
  return new SekishoError(
    'CHART_REPOSITORY_ADDRESS',
    `${redactUrl(address).slice(0, 300)} is no address of charts: ${why}.`,
    {
      hint: 'For example https://charts.example/stable or oci://registry.example/charts.',
    },
  );
}
