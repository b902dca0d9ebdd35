import type { Release, Store } from '@sekisho/store';
import type { ApplicationIndex } from '../application-rows/application-index.ts';
import { needsAttention } from '../application-rows/row.ts';
import type { ApplicationRow, ApplicationSummary, ReleaseNote } from './api-types.ts';
import { visibleTo } from './application-list.ts';
import type { AccessControl } from './route.ts';
import { overview } from './schemas.ts';
import type { Routes } from './server.ts';

const SHOWN = 20;
const PAGE = 100;
/** For somebody who may see few applications: how many releases are looked through. */
const MAX_PAGES = 5;

/** Something that other parts add to the overview, for those who may see its application. */
export interface OverviewItem {
  readonly application: { readonly project: string; readonly namespace: string; readonly name: string };
}

/** Is everything all right, and what changed: of the applications that the caller may see. */
export function overviewRoutes(options: {
  index: ApplicationIndex;
  store: Store;
  access: AccessControl;
  controlNamespace: string;
  /** Newest first. */
  drift?: () => readonly OverviewItem[];
  notifications?: () => Promise<unknown>;
}): Routes {
  const { index, store, drift = () => [], notifications = async () => undefined } = options;
  const api = { tag: 'overview', summary: 'Is everything all right, and what changed?', response: overview };
  return (server) => {
    server.get('/api/v1/overview', { config: { permission: 'signed-in', api } }, async (request) => {
      const isVisible = visibleTo(request.actor, options);
      const rows = [...index.rows()].filter(isVisible);
      const isShown = ({ namespace, app }: Release) => {
        const row = index.row(`${namespace}/${app}`);
        return isVisible(row ?? { project: '', namespace, name: app });
      };
      return {
        applications: summarize(rows),
        changes: await newestReleases(store, isShown),
        drift: drift()
          .filter(({ application }) => isVisible(application))
          .slice(0, SHOWN),
        needAttention: rows.filter(needsAttention).sort(worstFirst).slice(0, SHOWN),
        // The overview is told also while the store is away.
        notifications: await notifications().catch(() => undefined),
      };
    });
  };
}

async function newestReleases(store: Store, isShown: (release: Release) => boolean): Promise<ReleaseNote[]> {
  const shown: Release[] = [];
  let before: number | undefined;
  for (let page = 0; page < MAX_PAGES && shown.length < SHOWN; page++) {
    const releases = await store.releases.newest({ limit: PAGE, ...(before === undefined ? {} : { before }) });
    shown.push(...releases.filter(isShown));
    before = releases.at(-1)?.id;
    if (releases.length < PAGE) break;
  }
  return shown.slice(0, SHOWN).map(({ objects, sources: _, ...note }) => ({ ...note, objectCount: objects.length }));
}

function summarize(rows: readonly ApplicationRow[]): ApplicationSummary {
  const bySync: Record<string, number> = {};
  const byHealth: Record<string, number> = {};
  let running = 0;
  let drifted = 0;
  let held = 0;
  for (const row of rows) {
    bySync[row.sync] = (bySync[row.sync] ?? 0) + 1;
    byHealth[row.health] = (byHealth[row.health] ?? 0) + 1;
    if (row.operation === 'Running' || row.operation === 'Terminating') running++;
    if (row.drifted > 0) drifted++;
    if (row.held !== undefined) held++;
  }
  return { total: rows.length, bySync, byHealth, running, drifted, held };
}

const BADNESS: Readonly<Record<string, number>> = { Degraded: 0, Missing: 1, Unknown: 2, Progressing: 3, Suspended: 4 };

function worstFirst(a: ApplicationRow, b: ApplicationRow): number {
  const difference = (BADNESS[a.health] ?? 5) - (BADNESS[b.health] ?? 5);
  return difference !== 0 ? difference : a.name < b.name ? -1 : 1;
}
