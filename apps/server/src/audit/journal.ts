import { type FileHandle, open, readFile } from 'node:fs/promises';
import type { AuditFact } from '@sekisho/audit';

/** Facts that the store has not acknowledged yet, in a file beside it: none is lost when the store is away or the process dies. */
export interface AuditJournal {
  /** What was there when it was opened. */
  readonly pending: readonly AuditFact[];
  /** On disk when it resolves. */
  append(facts: readonly AuditFact[]): Promise<void>;
  /** Everything that was appended is in the store. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** A line that a crash cut off is dropped: whoever wrote it was not told that it is kept. */
export async function openAuditJournal(path: string): Promise<AuditJournal> {
  const file: FileHandle = await open(path, 'a', 0o600);
  const pending = (await readFile(path, 'utf8')).split('\n').flatMap(parseLine);
  return {
    pending,
    async append(facts) {
      await file.appendFile(facts.map((fact) => `${JSON.stringify(fact)}\n`).join(''));
      await file.datasync();
    },
    async clear() {
      await file.truncate(0);
    },
    close: () => file.close(),
  };
}

function parseLine(line: string): AuditFact[] {
  try {
    const fact = JSON.parse(line) as AuditFact;
    return typeof fact.id === 'string' && typeof fact.actor === 'object' ? [fact] : [];
  } catch {
    return [];
  }
}
