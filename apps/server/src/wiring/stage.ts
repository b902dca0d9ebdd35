import type { Logger } from '@sekisho/base';
import type { ServerConfig } from '../config.ts';

/** What every stage of the start gets. */
export interface Stage {
  readonly config: ServerConfig;
  readonly logger: Logger;
  /** Tells what is being started; for progress on a terminal. */
  readonly progress: (step: string) => void;
  /** What was started is stopped in the opposite order. */
  onClose(close: () => Promise<void> | void): void;
}
