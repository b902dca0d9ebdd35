import type { KubeObject } from '@sekisho/kube';
import type { PolicyBook } from './policy-book.ts';

/** The Providers of external data that are written now. */
export function providersIn(book: Pick<PolicyBook, 'documents'>): readonly KubeObject[] {
  return book
    .documents()
    .map(({ object }) => object)
    .filter(({ kind, apiVersion }) => kind === 'Provider' && apiVersion.startsWith('externaldata.gatekeeper.sh/'));
}
