import type { Answer } from './answers.ts';
import { fault } from './answers.ts';

/** Labels by which a namespace leaves the webhook: ours, and Gatekeeper's for who comes from there. */
export const IGNORE_LABELS = ['admission.sekisho.dev/ignore', 'admission.gatekeeper.sh/ignore'] as const;

interface LabelReview {
  readonly apiVersion?: unknown;
  readonly kind?: unknown;
  readonly request?: {
    readonly uid?: unknown;
    readonly operation?: unknown;
    readonly kind?: { readonly group?: unknown; readonly kind?: unknown };
    readonly object?: NamespaceOutline | null;
  };
}

interface NamespaceOutline {
  readonly metadata?: {
    readonly name?: unknown;
    readonly deletionTimestamp?: unknown;
    readonly labels?: Readonly<Record<string, unknown>>;
  };
}

/**
 * Answers whether a Namespace may carry what takes it out of the webhook's reach: else whoever may label a namespace
 * decides about policies.
 */
export function guardLabels(
  body: Uint8Array,
  mayIgnore: (namespace: string) => boolean,
): Answer & { allowed: boolean } {
  let review: LabelReview | null;
  try {
    review = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as LabelReview | null;
  } catch {
    return { ...fault(400, 'the body is no JSON'), allowed: false };
  }
  const { apiVersion, kind, request } = review ?? {};
  if (kind !== 'AdmissionReview' || apiVersion !== 'admission.k8s.io/v1' || typeof request?.uid !== 'string') {
    return { ...fault(400, 'the body is no admission.k8s.io/v1 AdmissionReview with a request'), allowed: false };
  }
  const label = forbiddenLabel(request, mayIgnore);
  const allowed = label === undefined;
  const message = `only exempt namespaces may have the label ${label}`;
  const response = {
    uid: request.uid,
    allowed,
    ...(allowed ? {} : { status: { metadata: {}, code: 403, reason: 'Forbidden', message } }),
  };
  return { status: 200, body: JSON.stringify({ apiVersion, kind, response }), allowed };
}

function forbiddenLabel(
  { operation, kind, object }: NonNullable<LabelReview['request']>,
  mayIgnore: (namespace: string) => boolean,
): string | undefined {
  if (operation === 'DELETE' || kind?.group !== '' || kind.kind !== 'Namespace') return undefined;
  const { name, labels = {}, deletionTimestamp } = object?.metadata ?? {};
  if (deletionTimestamp !== undefined && deletionTimestamp !== null) return undefined;
  const label = IGNORE_LABELS.find((key) => labels !== null && Object.hasOwn(labels, key));
  return label === undefined || (typeof name === 'string' && mayIgnore(name)) ? undefined : label;
}
