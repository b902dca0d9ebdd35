import { SekishoError } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';

/** A Provider (`externaldata.gatekeeper.sh`), as it is asked. */
export interface Provider {
  readonly name: string;
  /** Another one when anything of it changed. */
  readonly version: string;
  readonly url: URL;
  readonly timeoutMs: number;
  /** PEM. */
  readonly authority: string;
}

const DEFAULT_SECONDS = 3;
const MAX_SECONDS = 30;

/** @throws SekishoError EXTERNAL_DATA_PROVIDER when it can't be asked as it is written */
export function readProvider({ metadata, spec }: KubeObject): Provider {
  const { name = '', uid = '', resourceVersion = '' } = metadata;
  const { url, timeout = DEFAULT_SECONDS, caBundle } = (spec ?? {}) as Readonly<Record<string, unknown>>;
  const fail = (what: string, hint: string): never => {
    throw new SekishoError('EXTERNAL_DATA_PROVIDER', `Provider ${name}: ${what}.`, { hint });
  };
  if (typeof url !== 'string' || !URL.canParse(url) || new URL(url).protocol !== 'https:')
    return fail('spec.url is no address of HTTPS', 'Answers decide what may run: they are asked for over TLS alone.');
  if (typeof timeout !== 'number' || !(timeout > 0) || timeout > MAX_SECONDS)
    return fail(`spec.timeout is no number of seconds up to ${MAX_SECONDS}`, 'Three seconds is the default.');
  const authority = typeof caBundle === 'string' ? Buffer.from(caBundle, 'base64').toString() : '';
  if (!authority.includes('-----BEGIN CERTIFICATE-----'))
    return fail('spec.caBundle holds no certificates', 'It is PEM in base64: the authority of the provider.');
  return { name, version: `${uid} ${resourceVersion}`, url: new URL(url), timeoutMs: timeout * 1000, authority };
}
