import type { MasterKey, OpenKey, Refusal } from '@sekisho/sops';

/** Opens the keys of one kind. */
export interface KeySource<T extends MasterKey['type']> {
  readonly type: T;
  /** @throws SekishoError SOPS_KEY_SERVICE (retryable: the service is away, or says no for now) */
  open(key: Extract<MasterKey, { type: T }>, signal: AbortSignal): Promise<Uint8Array | Refusal>;
}

export type AnyKeySource = { [T in MasterKey['type']]: KeySource<T> }[MasterKey['type']];

/** How long a key service, or gpg, may take for one key. */
const TIMEOUT_MS = 20_000;

/** Asks all sources of a key's kind, one after the other. */
export function openWith(sources: readonly AnyKeySource[], missing: (type: MasterKey['type']) => string): OpenKey {
  return async (key, { signal }) => {
    const reasons: string[] = [];
    for (const source of sources) {
      if (source.type !== key.type) continue;
      const bounded = AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(signal === undefined ? [] : [signal])]);
      // The source of this type takes the keys of this type: what TypeScript can't follow through the union.
      const opened = await (source as KeySource<MasterKey['type']>).open(key, bounded);
      if (opened instanceof Uint8Array) return opened;
      reasons.push(opened.reason);
    }
    return { reason: reasons.length > 0 ? [...new Set(reasons)].join('; ') : missing(key.type) };
  };
}
