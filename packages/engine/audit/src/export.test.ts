import { expect, it } from 'vitest';
import { type AuditEntry, formatAuditEntry } from './index.ts';

const about = { version: '0.1.0', host: 'host.example' };
const entry: AuditEntry = {
  seq: 7,
  previous: 'p',
  hash: 'abc',
  id: 'id-7',
  at: '2026-01-02T03:04:05.000Z',
  actor: { user: 'al|ce', method: 'token', address: '192.0.2.1' },
  action: 'application.rollback',
  object: { type: 'application', project: 'shop', namespace: 'argocd', name: 'web' },
  outcome: 'denied',
  reason: 'because = "of" [that]\nand \\ this',
};

it('jsonl', () => {
  expect(JSON.parse(formatAuditEntry(entry, 'jsonl', about))).toEqual(entry);
});

it('cef escapes bars in the header and equals signs in the extension', () => {
  expect(formatAuditEntry(entry, 'cef', about)).toBe(
    'CEF:0|Sekisho|Sekisho|0.1.0|application.rollback|al\\|ce: application.rollback application/shop/argocd/web: denied|7|' +
      'rt=1767323045000 suser=al|ce src=192.0.2.1 act=application.rollback outcome=denied ' +
      'reason=because \\= "of" [that]\\nand \\\\ this externalId=id-7 cs1Label=object cs1=application/shop/argocd/web ' +
      'cs3Label=hash cs3=abc cn1Label=seq cn1=7',
  );
});

it('syslog escapes what would end its structured data', () => {
  expect(formatAuditEntry(entry, 'syslog', about)).toBe(
    '<108>1 2026-01-02T03:04:05.000Z host.example sekisho - application.rollback ' +
      '[sekisho@32473 seq="7" hash="abc" user="al|ce" method="token" address="192.0.2.1" ' +
      'object="application/shop/argocd/web" outcome="denied" reason="because = \\"of\\" [that\\] and \\\\ this"] ' +
      'al|ce: application.rollback application/shop/argocd/web: denied',
  );
});
