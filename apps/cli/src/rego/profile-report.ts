import { SekishoError } from '@sekisho/base';
import type { Location, Profile } from '@sekisho/rego';
import { boxTable } from './box-table.ts';
import { durationText } from './duration-text.ts';

/** One place of the policies: what its expressions cost. */
export interface ProfiledPlace {
  readonly total_time_ns: number;
  readonly num_eval: number;
  readonly num_redo: number;
  readonly location: Pick<Location, 'file' | 'row' | 'col'>;
}

const SORTS: Readonly<Record<string, (a: ProfiledPlace, b: ProfiledPlace) => number>> = {
  total_time_ns: (a, b) => b.total_time_ns - a.total_time_ns,
  num_eval: (a, b) => b.num_eval - a.num_eval,
  num_redo: (a, b) => b.num_redo - a.num_redo,
  file: (a, b) => (a.location.file < b.location.file ? -1 : a.location.file > b.location.file ? 1 : 0),
  line: (a, b) => a.location.row - b.location.row,
};

/**
 * Rows with the costs of all their expressions, those that cost most first.
 *
 * @param sort   keys by which they are sorted, the first one first: total_time_ns, num_eval, num_redo, file, line
 * @param limit  how many; 0 is all
 * @throws SekishoError USAGE for other keys
 */
export function profileReport(profile: Profile, sort: readonly string[], limit: number): readonly ProfiledPlace[] {
  const orders = (sort.length === 0 ? ['total_time_ns', 'num_eval', 'num_redo', 'file', 'line'] : sort).map((key) => {
    const order = Object.hasOwn(SORTS, key) ? SORTS[key] : undefined;
    if (order === undefined)
      throw new SekishoError('USAGE', `--profile-sort ${key} is unknown.`, {
        hint: `It is one of ${Object.keys(SORTS).join(', ')}.`,
      });
    return order;
  });
  const places = new Map<string, ProfiledPlace>();
  for (const { location, evaluations, redos, time } of profile.entries()) {
    const { file, row, col } = location;
    const key = `${file}:${row}`;
    const known = places.get(key);
    places.set(key, {
      total_time_ns: (known?.total_time_ns ?? 0) + Math.round(time * 1e6),
      num_eval: (known?.num_eval ?? 0) + evaluations,
      num_redo: (known?.num_redo ?? 0) + redos,
      location: known?.location ?? { file, row, col },
    });
  }
  const sorted = [...places.values()].sort((a, b) => {
    for (const order of orders) {
      const difference = order(a, b);
      if (difference !== 0) return difference;
    }
    return 0;
  });
  return limit > 0 ? sorted.slice(0, limit) : sorted;
}

/** As a table for people. */
export function profileTable(places: readonly ProfiledPlace[]): string {
  return boxTable(
    places.map(({ total_time_ns: time, num_eval: evaluations, num_redo: redos, location }) => [
      durationText(time),
      `${evaluations}`,
      `${redos}`,
      `${location.file === '' ? 'query' : location.file}:${location.row}`,
    ]),
    { header: ['Time', 'Num Eval', 'Num Redo', 'Location'] },
  );
}
