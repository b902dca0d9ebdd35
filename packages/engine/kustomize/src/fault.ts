import type { Origin } from '@sekisho/base';

/** Ends a build: a fault of the user's files in Kustomize's own words. Becomes a diagnostic at the door. */
export class BuildFault extends Error {
  readonly origin: Origin | undefined;
  readonly code: string;
  /** Kustomize finds it only when everything is done, so nothing is told before it. */
  readonly bare: boolean;

  constructor(message: string, origin?: Origin, code = 'KUSTOMIZE_BUILD', bare = false) {
    super(message);
    this.bare = bare;
    this.origin = origin;
    this.code = code;
  }

  /** The same fault with another place. */
  at(origin: Origin): BuildFault {
    return new BuildFault(this.message, origin, this.code, this.bare);
  }

  /** The same fault, told from further out: `PREFIX: message`. */
  within(prefix: string, origin?: Origin): BuildFault {
    if (this.bare) return this;
    return new BuildFault(`${prefix}: ${this.message}`, this.origin ?? origin, this.code);
  }
}

/** Runs `work`; a fault inside is told with `prefix` before it. */
export function within<T>(prefix: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof BuildFault ? error.within(prefix) : error;
  }
}

export async function withinAsync<T>(prefix: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof BuildFault ? error.within(prefix) : error;
  }
}
