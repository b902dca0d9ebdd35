import { isSekishoError, messageOf } from '@sekisho/base';
import { describeMasterKey, type MasterKey } from './master-key.ts';
import type { SopsMetadata } from './metadata.ts';
import { combineShares } from './shamir.ts';

/** Why a key could not be opened, as a clause: `there is no identity for it`. Never anything of a private key. */
export interface Refusal {
  readonly reason: string;
}

/**
 * Decrypts what a master key holds. What can't be done with what is at hand is a refusal; what might go well another
 * time (a service that is away) is thrown.
 */
export type OpenKey = (
  key: MasterKey,
  options: { readonly signal?: AbortSignal | undefined },
) => Promise<Uint8Array | Refusal>;

export type DataKey = { readonly dataKey: Uint8Array } | { readonly problem: string };

const KEY_BYTES = 32;
/** Keys that need no network come first, as in SOPS. */
const ORDER: readonly MasterKey['type'][] = ['age', 'pgp'];

/**
 * Opens a file's data key with the first master key that can be opened; with several key groups, one key of each.
 *
 * @throws what `open` threw, when that can be tried again and no other key did
 */
export async function openDataKey(metadata: SopsMetadata, open: OpenKey, signal?: AbortSignal): Promise<DataKey> {
  const { keyGroups, threshold } = metadata;
  const refusals: string[] = [];
  let retryable: unknown;
  const parts: Uint8Array[] = [];
  for (const group of keyGroups) {
    for (const key of inOrder(group)) {
      signal?.throwIfAborted();
      try {
        const opened = await open(key, { signal });
        if (opened instanceof Uint8Array) {
          parts.push(opened);
          break;
        }
        refusals.push(`${describeMasterKey(key)} (${opened.reason})`);
      } catch (error) {
        signal?.throwIfAborted();
        if (isSekishoError(error) && error.retryable) retryable ??= error;
        refusals.push(`${describeMasterKey(key)} (${messageOf(error)})`);
      }
    }
    if (parts.length === threshold) break;
  }
  if (parts.length < threshold) {
    if (retryable !== undefined) throw retryable;
    const count =
      keyGroups.length === 1
        ? ''
        : `; ${threshold} of ${keyGroups.length} key groups are needed, ${parts.length} could be opened`;
    return { problem: `no key at hand opens it: ${refusals.join(', ')}${count}` };
  }
  // A single group holds the key itself, not a share of it.
  const dataKey = keyGroups.length === 1 ? parts[0] : combineShares(parts);
  if (dataKey?.length !== KEY_BYTES) return { problem: `what its keys hold is no data key of ${KEY_BYTES} bytes` };
  return { dataKey };
}

function inOrder(group: readonly MasterKey[]): MasterKey[] {
  const rank = ({ type }: MasterKey) => (ORDER.includes(type) ? ORDER.indexOf(type) : ORDER.length);
  return [...group].sort((a, b) => rank(a) - rank(b));
}
