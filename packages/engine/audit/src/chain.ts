import { createHash } from 'node:crypto';
import type { AuditEntry, AuditFact, AuditHead, AuditProblem, AuditRow } from './types.ts';

/** What the first entry follows. */
export const GENESIS: AuditHead = { seq: 0, hash: '0'.repeat(64) };

/** Puts facts behind a head, in order. */
export function chain(head: AuditHead, facts: readonly AuditFact[]): AuditRow[] {
  const rows: AuditRow[] = [];
  let last = head;
  for (const fact of facts) {
    const seq = last.seq + 1;
    // One order of keys, so that a reader finds the same first things first; the hash covers the text as it is.
    const { id, at, actor, action, object, outcome, ...rest } = fact;
    const text = JSON.stringify({ seq, previous: last.hash, id, at, actor, action, object, outcome, ...rest });
    const row: AuditRow = { seq, hash: hashOf(text), text, columns: columnsOf(fact) };
    rows.push(row);
    last = row;
  }
  return rows;
}

/** The entry of a row, as it stands there; nothing is proven. Undefined when the text is no entry. */
export function entryOf(row: Pick<AuditRow, 'seq' | 'hash' | 'text'>): AuditEntry | undefined {
  try {
    const parsed: unknown = JSON.parse(row.text);
    if (typeof parsed !== 'object' || parsed === null || !('actor' in parsed) || !('object' in parsed))
      return undefined;
    return { ...(parsed as AuditEntry), hash: row.hash };
  } catch {
    return undefined;
  }
}

/** Reads rows in the order of their numbers and says what is wrong with them. */
export interface ChainProof {
  /** What this row shows to be wrong; several when several. */
  check(row: AuditRow): AuditProblem[];
  /** After the last row. Anchors are heads that were seen before, kept somewhere else. */
  end(anchors: readonly AuditHead[]): AuditProblem[];
  readonly head: AuditHead;
}

export function proveChain(anchors: readonly AuditHead[] = [], from: AuditHead = GENESIS): ChainProof {
  let head = from;
  const wanted = new Map(anchors.map((anchor) => [anchor.seq, anchor]));
  const seen = new Set<number>();

  return {
    get head() {
      return head;
    },
    check(row) {
      const problems: AuditProblem[] = [];
      const say = (kind: AuditProblem['kind'], seq: number, message: string) => problems.push({ kind, seq, message });
      if (row.seq > head.seq + 1) {
        const [first, last] = [head.seq + 1, row.seq - 1];
        say(
          'missing',
          first,
          first === last ? `Entry ${first} is missing.` : `Entries ${first} to ${last} are missing.`,
        );
      }
      const entry = entryOf(row);
      if (hashOf(row.text) !== row.hash) say('changed', row.seq, `Entry ${row.seq} is not what its hash says.`);
      if (entry === undefined) say('changed', row.seq, `Entry ${row.seq} can not be read.`);
      else if (entry.seq !== row.seq) {
        say('reordered', row.seq, `In the place of entry ${row.seq} stands what was entry ${entry.seq}.`);
      } else {
        if (row.seq === head.seq + 1 && entry.previous !== head.hash) {
          say(
            'changed',
            head.seq === 0 ? row.seq : head.seq,
            head.seq === 0
              ? `Entry ${row.seq} follows something else than the beginning.`
              : `Entry ${row.seq} follows another entry ${head.seq} than the one that stands there.`,
          );
        }
        const differing = differences(row.columns, columnsOf(entry));
        if (differing.length > 0) {
          say(
            'changed',
            row.seq,
            `Entry ${row.seq}: the columns ${differing.join(', ')} say something else than the entry.`,
          );
        }
      }
      const anchor = wanted.get(row.seq);
      if (anchor !== undefined) {
        seen.add(row.seq);
        if (anchor.hash !== row.hash) {
          say(
            'truncated',
            row.seq,
            `Entry ${row.seq} is not the one that was the newest when its hash was kept aside.`,
          );
        }
      }
      head = { seq: row.seq, hash: row.hash };
      return problems;
    },
    end: (more) =>
      [...wanted.values(), ...more]
        .filter(({ seq }) => seq > head.seq && !seen.has(seq))
        .map(({ seq }) => ({
          kind: 'truncated',
          seq,
          message: `The log ends at entry ${head.seq}, and there was an entry ${seq}.`,
        })),
  };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function columnsOf(fact: AuditFact): AuditRow['columns'] {
  return {
    id: fact.id,
    at: fact.at,
    actor: fact.actor.user,
    action: fact.action,
    objectType: fact.object.type,
    project: fact.object.project ?? '',
    namespace: fact.object.namespace ?? '',
    name: fact.object.name,
    outcome: fact.outcome,
    revision: fact.revision ?? '',
  };
}

function differences(a: AuditRow['columns'], b: AuditRow['columns']): string[] {
  return (Object.keys(b) as (keyof AuditRow['columns'])[]).filter((key) => a[key] !== b[key]);
}
