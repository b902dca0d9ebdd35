import { setImmediate } from 'node:timers/promises';
import { deserialize, serialize } from 'node:v8';

/** A list whose copy for a thread was made bit by bit: to post thousands of objects at once would keep everybody waiting. */
export type Parcels = readonly Uint8Array[];

const ITEMS_PER_PARCEL = 50;
/** Lists that are not longer than this are posted as they are. */
export const MAX_POSTED = 200;

export async function pack(items: readonly unknown[]): Promise<Parcels> {
  const parcels: Uint8Array[] = [];
  for (let from = 0; from < items.length; from += ITEMS_PER_PARCEL) {
    parcels.push(serialize(items.slice(from, from + ITEMS_PER_PARCEL)));
    await setImmediate();
  }
  return parcels;
}

export function unpack(parcels: Parcels): unknown[] {
  return parcels.flatMap((parcel) => deserialize(parcel) as unknown[]);
}
