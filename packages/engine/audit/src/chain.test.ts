import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AuditFact, type AuditRow, chain, entryOf, GENESIS, proveChain } from './index.ts';

const fact = (number: number): AuditFact => ({
  id: `id-${number}`,
  at: '2026-01-02T03:04:05.000Z',
  actor: { user: 'alice', method: 'token' },
  action: 'application.sync',
  object: { type: 'application', project: 'shop', namespace: 'argocd', name: `app-${number}` },
  outcome: 'succeeded',
  revision: 'a'.repeat(40),
  details: { number },
});
const rows = chain(GENESIS, [1, 2, 3, 4, 5].map(fact));

function prove(log: readonly AuditRow[], anchors: readonly { seq: number; hash: string }[] = []) {
  const proof = proveChain(anchors);
  return [...log.flatMap((row) => proof.check(row)), ...proof.end([])].map(({ kind, seq }) => `${kind} ${seq}`);
}

/** As somebody would who knows how the hash is made. */
function forge(row: AuditRow, change: (text: string) => string): AuditRow {
  const entry = JSON.parse(change(row.text));
  const [forged] = chain({ seq: row.seq - 1, hash: entry.previous }, [entry]);
  return { ...row, ...forged };
}

const edit = (log: readonly AuditRow[], seq: number, change: (row: AuditRow) => AuditRow) =>
  log.map((row) => (row.seq === seq ? change(row) : row));

it('proves a whole log', () => {
  expect(prove(rows, [{ seq: 3, hash: rows[2]!.hash }, rows[4]!])).toEqual([]);
  expect(prove([])).toEqual([]);
});

it('goes on where it stopped', () => {
  const more = chain(rows[4]!, [fact(6)]);
  expect(prove([...rows, ...more])).toEqual([]);
  expect(more[0]?.seq).toBe(6);
});

describe('finds', () => {
  it.each<[string, AuditRow[], string[]]>([
    [
      'a changed entry',
      edit(rows, 3, (row) => ({ ...row, text: row.text.replace('alice', 'mallory') })),
      ['changed 3', 'changed 3'],
    ],
    [
      'a changed column',
      edit(rows, 3, (row) => ({ ...row, columns: { ...row.columns, actor: 'mallory' } })),
      ['changed 3'],
    ],
    [
      'an entry changed with its hash',
      edit(rows, 3, (row) => forge(row, (text) => text.replace('alice', 'mallory'))),
      ['changed 3'],
    ],
    ['a missing entry', rows.filter(({ seq }) => seq !== 3), ['missing 3']],
    ['two missing entries', rows.filter(({ seq }) => seq !== 3 && seq !== 4), ['missing 3']],
    ['a missing beginning', rows.slice(1), ['missing 1']],
    ['text that is no entry', edit(rows, 3, (row) => ({ ...row, text: '{}' })), ['changed 3', 'changed 3']],
  ])('%s', (_name, log, problems) => {
    expect(prove(log)).toEqual(problems);
  });

  it('entries in each other’s place', () => {
    const swapped = rows.map((row) =>
      row.seq === 2 ? { ...rows[2]!, seq: 2 } : row.seq === 3 ? { ...rows[1]!, seq: 3 } : row,
    );
    expect(prove(swapped)).toEqual(expect.arrayContaining(['reordered 2', 'reordered 3']));
  });

  it('a cut end, and a log made anew, by the heads that were kept aside', () => {
    expect(prove(rows.slice(0, 3), [rows[4]!])).toEqual(['truncated 5']);
    const anew = chain(GENESIS, [1, 2, 9, 4, 5].map(fact));
    expect(prove(anew)).toEqual([]);
    expect(prove(anew, [rows[4]!])).toEqual(['truncated 5']);
  });

  it('whatever one byte is changed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4 }), fc.nat(), (index, at) => {
        const row = rows[index]!;
        const position = at % row.text.length;
        const text = `${row.text.slice(0, position)}${row.text[position] === 'x' ? 'y' : 'x'}${row.text.slice(position + 1)}`;
        expect(prove(edit(rows, row.seq, () => ({ ...row, text })))).toContain(`changed ${row.seq}`);
      }),
    );
  });
});

it('entryOf gives what was handed over', () => {
  fc.assert(
    fc.property(fc.json(), fc.string(), (details, user) => {
      const given: AuditFact = { ...fact(1), actor: { user, method: 'token' }, details: JSON.parse(details) };
      const [row] = chain(GENESIS, [given]);
      expect(entryOf(row!)).toEqual({
        ...JSON.parse(JSON.stringify(given)),
        seq: 1,
        previous: GENESIS.hash,
        hash: row!.hash,
      });
    }),
  );
});
