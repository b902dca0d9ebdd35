/** A piece of a deployment. Times are ms since 1970. */
export interface Step {
  readonly name: 'render' | 'diff' | 'wave';
  readonly startedAt: number;
  readonly endedAt: number;
  readonly attributes?: Readonly<Record<string, string | number>>;
}

/** What led to the sync of an application and what it did, as it happens: for traces. */
export interface SyncTimeline {
  /** Of what is done again and again, the newest counts. */
  note(key: string, step: Step): void;
  /** A sync begins: what was noted last led to it. */
  begin(key: string, operationId: string): void;
  /** The wave that it works on now; each lasts until the next begins, or the sync ends. */
  enter(key: string, wave: { readonly phase: string; readonly wave: number; readonly attempt: number }): void;
  end(key: string): void;
  /** The steps of a sync, which are forgotten by that. */
  take(key: string, operationId: string): readonly Step[];
  forget(key: string): void;
}

interface Running {
  readonly operationId: string;
  readonly steps: Step[];
  wave?: { readonly id: string; readonly startedAt: number; readonly attributes: NonNullable<Step['attributes']> };
}

/** An operation that is tried again and again has more; they are not told. */
const MAX_STEPS = 200;

export function createTimeline(now: () => number): SyncTimeline {
  const noted = new Map<string, Map<Step['name'], Step>>();
  const running = new Map<string, Running>();

  function leave(entry: Running): void {
    const { wave } = entry;
    if (wave === undefined) return;
    delete entry.wave;
    if (entry.steps.length >= MAX_STEPS) return;
    entry.steps.push({ name: 'wave', startedAt: wave.startedAt, endedAt: now(), attributes: wave.attributes });
  }

  return {
    note(key, step) {
      const steps = noted.get(key) ?? new Map();
      noted.set(key, steps.set(step.name, step));
    },
    begin(key, operationId) {
      if (running.get(key)?.operationId === operationId) return;
      running.set(key, { operationId, steps: [...(noted.get(key)?.values() ?? [])] });
    },
    enter(key, { phase, wave, attempt }) {
      const entry = running.get(key);
      const id = `${attempt} ${phase} ${wave}`;
      if (entry === undefined || entry.wave?.id === id) return;
      leave(entry);
      const attributes = { 'sekisho.phase': phase, 'sekisho.wave': wave, 'sekisho.attempt': attempt + 1 };
      entry.wave = { id, startedAt: now(), attributes };
    },
    end(key) {
      const entry = running.get(key);
      if (entry !== undefined) leave(entry);
    },
    take(key, operationId) {
      const entry = running.get(key);
      if (entry?.operationId !== operationId) return [];
      leave(entry);
      running.delete(key);
      return entry.steps;
    },
    forget(key) {
      noted.delete(key);
      running.delete(key);
    },
  };
}

/** Does the work and notes how long it took, when somebody wants to know. */
export async function timed<T>(
  timeline: Pick<SyncTimeline, 'note'> | undefined,
  key: string,
  name: Step['name'],
  work: () => Promise<T>,
): Promise<T> {
  if (timeline === undefined) return work();
  const startedAt = Date.now();
  try {
    return await work();
  } finally {
    timeline.note(key, { name, startedAt, endedAt: Date.now() });
  }
}
