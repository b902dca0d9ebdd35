import type { CheckWorld } from '../check/world.ts';

/** The process, as gator sees it: it reads standard input when somebody sends something. */
export interface GatorWorld extends CheckWorld {
  /** @param isOnly  whether nothing else was named */
  hasStdin(isOnly: boolean): boolean;
}
