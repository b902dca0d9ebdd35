import type { AdmissionRequest } from '@sekisho/policy';

/** The namespace of a request's object; '' when it is in none. An API server says of a Namespace that it is in itself. */
export function objectNamespace({ kind, namespace = '' }: Pick<AdmissionRequest, 'kind' | 'namespace'>): string {
  return kind.group === '' && kind.kind === 'Namespace' ? '' : namespace;
}
