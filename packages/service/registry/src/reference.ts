import { SekishoError } from '@sekisho/base';
import { isDigest } from './digest.ts';

/** An artifact in a registry. */
export interface Reference {
  /** `registry.example:5000` */
  readonly registry: string;
  /** `team/policies` */
  readonly repository: string;
  /** Default `latest` when there is no digest. */
  readonly tag?: string;
  /** `sha256:…`; wins over the tag. */
  readonly digest?: string;
}

const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const REGISTRY = /^(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?::\d{1,5})?$/;

/**
 * Reads `registry/repository[:tag][@digest]`, with `oci://` in front or not. The registry must be named.
 *
 * @throws SekishoError REGISTRY_REFERENCE
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md "Pulling manifests"
 */
export function parseReference(text: string): Reference {
  const bare = text.replace(/^oci:\/\//, '');
  const slash = bare.indexOf('/');
  const registry = bare.slice(0, Math.max(0, slash));
  let rest = bare.slice(slash + 1);
  let digest: string | undefined;
  const at = rest.indexOf('@');
  if (at >= 0) {
    digest = rest.slice(at + 1);
    rest = rest.slice(0, at);
    if (!isDigest(digest)) throw refuse(text, 'its digest is none');
  }
  const colon = rest.indexOf(':');
  const tag = colon < 0 ? undefined : rest.slice(colon + 1);
  const repository = colon < 0 ? rest : rest.slice(0, colon);
  if (slash <= 0 || !REGISTRY.test(registry)) throw refuse(text, 'it names no registry');
  if (repository.length > 255 || !REPOSITORY.test(repository)) throw refuse(text, 'its repository is no name');
  if (tag !== undefined && !TAG.test(tag)) throw refuse(text, 'its tag is no tag');
  return {
    registry,
    repository,
    ...(digest === undefined ? { tag: tag ?? 'latest' } : tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** `registry/repository:tag@digest`, as far as there is any. */
export function formatReference({ registry, repository, tag, digest }: Reference): string {
  return `${registry}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

function refuse(text: string, why: string): SekishoError {
  return new SekishoError('REGISTRY_REFERENCE', `${JSON.stringify(text.slice(0, 300))} is no reference: ${why}.`, {
    hint: 'For example registry.example/team/policies:v1.',
  });
}
