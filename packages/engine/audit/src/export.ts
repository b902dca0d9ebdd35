import type { AuditEntry } from './types.ts';

export const auditFormats = ['jsonl', 'cef', 'syslog'] as const;
export type AuditFormat = (typeof auditFormats)[number];

/** One line, without its end: JSON; ArcSight's Common Event Format 0; syslog after RFC 5424. */
export function formatAuditEntry(
  entry: AuditEntry,
  format: AuditFormat,
  about: { version: string; host: string },
): string {
  switch (format) {
    case 'jsonl':
      return JSON.stringify(entry);
    case 'cef':
      return cef(entry, about.version);
    case 'syslog':
      return syslog(entry, about.host);
  }
}

/** CEF's severities go from 0 to 10. */
function severity({ outcome }: AuditEntry): number {
  if (outcome === 'denied') return 7;
  return outcome === 'failed' ? 5 : 3;
}

function cef(entry: AuditEntry, version: string): string {
  const { actor, object } = entry;
  const header = ['CEF:0', 'Sekisho', 'Sekisho', version, entry.action, nameOf(entry), String(severity(entry))];
  const fields: Record<string, string | undefined> = {
    rt: String(Date.parse(entry.at)),
    suser: actor.user,
    src: actor.address,
    act: entry.action,
    outcome: entry.outcome,
    reason: entry.reason,
    externalId: entry.id,
    cs1Label: 'object',
    cs1: path(object),
    cs2Label: 'revision',
    cs2: entry.revision,
    cs3Label: 'hash',
    cs3: entry.hash,
    cs4Label: 'operation',
    cs4: entry.operationId,
    cn1Label: 'seq',
    cn1: String(entry.seq),
  };
  for (const label of ['cs2', 'cs4']) if (fields[label] === undefined) delete fields[`${label}Label`];
  const extension = Object.entries(fields)
    .filter((field): field is [string, string] => field[1] !== undefined && field[1] !== '')
    .map(([key, value]) => `${key}=${value.replace(/[\\=]/g, '\\$&').replace(/\r\n?|\n/g, '\\n')}`);
  const escaped = header.map((part) => part.replace(/[\\|]/g, '\\$&').replace(/[\r\n]+/g, ' '));
  // The first bar belongs to the format: "CEF:0".
  return `${escaped.join('|')}|${extension.join(' ')}`;
}

/** Facility 13: log audit. Severity 4 warning, 5 notice, 6 informational. */
function syslog(entry: AuditEntry, host: string): string {
  const level = entry.outcome === 'denied' ? 4 : entry.outcome === 'failed' ? 5 : 6;
  const fields: Record<string, string | undefined> = {
    seq: String(entry.seq),
    hash: entry.hash,
    user: entry.actor.user,
    method: entry.actor.method,
    address: entry.actor.address,
    object: path(entry.object),
    outcome: entry.outcome,
    revision: entry.revision,
    operation: entry.operationId,
    reason: entry.reason,
  };
  const data = Object.entries(fields)
    .filter((field): field is [string, string] => field[1] !== undefined && field[1] !== '')
    .map(([key, value]) => `${key}="${oneLine(value).replace(/[\\"\]]/g, '\\$&')}"`);
  const printable = host.replace(/[^\x21-\x7e]/g, '').slice(0, 255) || '-';
  const id = entry.action.replace(/[^\x21-\x7e]/g, '').slice(0, 32) || '-';
  // The enterprise number is the one that RFC 5612 keeps for documentation: we have none.
  return `<${13 * 8 + level}>1 ${entry.at} ${printable} sekisho - ${id} [sekisho@32473 ${data.join(' ')}] ${oneLine(nameOf(entry))}`;
}

function nameOf({ actor, action, object, outcome }: AuditEntry): string {
  return `${actor.user}: ${action} ${path(object)}: ${outcome}`;
}

function path({ type, project, namespace, name }: AuditEntry['object']): string {
  return [type, project, namespace, name].filter((part) => part !== undefined && part !== '').join('/');
}

function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' ');
}
