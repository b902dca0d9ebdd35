export { openStore } from './store.ts';
export type {
  AppName,
  NewRelease,
  Release,
  ReleaseObject,
  ReleaseOutcome,
  Releases,
  Store,
  StoreOptions,
} from './types.ts';
