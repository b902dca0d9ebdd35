import type { Diagnostic } from '@sekisho/base';

/** On an Application or an AppProject: how much a sync may delete without asking. */
export const PRUNE_LIMIT_ANNOTATION = 'sekisho.dev/prune-limit';

/** How much may be deleted; more waits for a confirmation. Infinity: no limit. */
export interface PruneLimits {
  /** Objects. */
  readonly count: number;
  /** Percent of the application's objects. */
  readonly percent: number;
  /** `percent` says nothing about applications with fewer objects. */
  readonly percentFrom: number;
  /** Objects by `Kind` or `Kind.group`. */
  readonly kinds: ReadonlyMap<string, number>;
}

/**
 * Without a word from the user: half of an application, and whatever takes data or other objects along. Deleting a
 * Namespace or a definition deletes all that is in it; a volume's data does not come back.
 */
export const defaultPruneLimits: PruneLimits = Object.freeze({
  count: Number.POSITIVE_INFINITY,
  percent: 50,
  percentFrom: 10,
  kinds: new Map([
    ['Namespace', 0],
    ['CustomResourceDefinition', 0],
    ['PersistentVolumeClaim', 0],
    ['PersistentVolume', 0],
  ]),
});

export const noPruneLimits: PruneLimits = Object.freeze({
  count: Number.POSITIVE_INFINITY,
  percent: Number.POSITIVE_INFINITY,
  percentFrom: 0,
  kinds: new Map(),
});

/**
 * Reads `5`, `20%`, `PersistentVolumeClaim=0`, `Deployment.apps=3`, `off`, and several of them with commas, over `base`.
 * `off` drops every limit of `base`; `Kind=off` that of one kind. Code: PRUNE_LIMIT_INVALID; a faulty part is left out.
 *
 * @param file what messages name as the place
 */
export function parsePruneLimits(
  text: string,
  file: string,
  base: PruneLimits = defaultPruneLimits,
): { limits: PruneLimits; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  let { count, percent, percentFrom } = base;
  let kinds = new Map(base.kinds);
  for (const raw of text.split(',')) {
    const part = raw.trim();
    const [, share] = /^(\d{1,3}(?:\.\d{1,3})?) ?%$/.exec(part) ?? [];
    const [, kind, most] = /^([A-Za-z][A-Za-z0-9]*(?:\.[a-z0-9.-]+)?) ?= ?(\d{1,9}|off)$/.exec(part) ?? [];
    if (part === '') continue;
    if (part === 'off') {
      ({ count, percent, percentFrom } = noPruneLimits);
      kinds = new Map();
    } else if (/^\d{1,9}$/.test(part)) count = Number(part);
    else if (share !== undefined && Number(share) <= 100) {
      percent = Number(share);
      percentFrom = 0;
    } else if (kind !== undefined) kinds.set(kind, most === 'off' ? Number.POSITIVE_INFINITY : Number(most));
    else {
      diagnostics.push({
        code: 'PRUNE_LIMIT_INVALID',
        severity: 'error',
        message: `${PRUNE_LIMIT_ANNOTATION}: ${JSON.stringify(part)} is no limit`,
        origin: { file },
        hint: 'Use a number, a percentage, Kind=number or off, with commas between them: "20%, PersistentVolumeClaim=0".',
      });
    }
  }
  return { limits: { count, percent, percentFrom, kinds }, diagnostics };
}
