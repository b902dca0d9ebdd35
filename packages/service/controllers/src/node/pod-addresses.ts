import type { Pod } from '../kinds/pod.ts';

const SIZE = 254 * 254;

export interface PodAddresses {
  /** The pod's address, the same until it is released. */
  allocate(pod: Pod): string;
  /** Notes an address that a pod has already. */
  take(uid: string, ip: string): void;
  release(uid: string): void;
}

/** Addresses in 10.244.0.0/16, lowest free one after the last given. Wraps around: nothing is ever reached at them. */
export function createPodAddresses(): PodAddresses {
  const byUid = new Map<string, string>();
  const used = new Set<string>();
  let next = 0;

  return {
    allocate(pod) {
      const uid = pod.metadata.uid ?? '';
      const known = byUid.get(uid);
      if (known !== undefined) return known;
      let ip = addressAt(next++);
      for (let tries = 0; used.has(ip) && tries < SIZE; tries++) ip = addressAt(next++);
      byUid.set(uid, ip);
      used.add(ip);
      return ip;
    },
    take(uid, ip) {
      if (byUid.get(uid) === ip) return;
      byUid.set(uid, ip);
      used.add(ip);
    },
    release(uid) {
      const ip = byUid.get(uid);
      if (ip === undefined) return;
      byUid.delete(uid);
      used.delete(ip);
    },
  };
}

function addressAt(index: number): string {
  const at = index % SIZE;
  return `10.244.${1 + Math.floor(at / 254)}.${1 + (at % 254)}`;
}
