import { record, shortRevision } from '../applications.ts';
import type { CommandContext } from '../command-context.ts';
import { followEvents, type ServerEvent } from '../event-stream.ts';
import { ExitCode } from '../exit-code.ts';
import { print } from '../output/print.ts';
import { formatTable } from '../output/table.ts';

interface Flags {
  readonly output: 'table' | 'json';
  readonly watch?: boolean;
  readonly type?: readonly string[];
  readonly app?: readonly string[];
}

/** `sekisho events`: what the server still remembers; with `--watch` what happens from now on. */
export async function events({ connection, signal, color }: CommandContext, flags: Flags): Promise<ExitCode> {
  const query = {
    ...(flags.watch === true ? {} : { after: 'oldest' }),
    ...(flags.type === undefined ? {} : { type: flags.type }),
    ...(flags.app === undefined ? {} : { application: flags.app.map(withNamespace) }),
  };
  const kept: ServerEvent[] = [];
  for await (const event of followEvents(connection.api, query, signal)) {
    if (event.type === 'hello') continue;
    if (flags.watch === true) show([event], flags.output, color);
    else if (event.type === 'caught-up') break;
    else kept.push(event);
  }
  if (kept.length === 0 && flags.output === 'table') {
    process.stderr.write('Nothing happened since the server started, of what was asked for and what you may see.\n');
  }
  show(kept, flags.output, color);
  return ExitCode.ok;
}

function show(list: readonly ServerEvent[], output: Flags['output'], color: boolean): void {
  if (list.length === 0) return;
  if (output === 'json') {
    print(list.map(({ id, type, at, data }) => JSON.stringify({ id, type, at, data })).join('\n'));
    return;
  }
  const columns = [
    { title: 'WHEN', text: ({ at }: ServerEvent) => at.replace(/\.\d+Z$/, 'Z') },
    { title: 'EVENT', text: (event: ServerEvent) => event.type },
    { title: 'OBJECT', text: ({ data }: ServerEvent) => objectOf(record(data)) },
    { title: 'WHAT', text: (event: ServerEvent) => describe(event) },
  ];
  print(formatTable(list, columns, { headers: false, color, widths: [20, 13, 20] }));
}

function objectOf(data: Readonly<Record<string, unknown>>): string {
  const about = data['application'] === undefined ? record(data['object'] ?? data) : record(data['application']);
  return [about['namespace'], about['name']].filter((part) => typeof part === 'string' && part !== '').join('/');
}

/** The few words of an event that people look for; `-o json` has everything. */
function describe({ type, data }: ServerEvent): string {
  const value = record(data);
  const text = (name: string) => (typeof value[name] === 'string' ? (value[name] as string) : '');
  switch (type) {
    case 'application':
      return [text('sync'), text('health'), text('operation'), shortRevision(text('revision')), text('message')]
        .filter((word) => word !== '')
        .join(' ');
    case 'drift':
      return `${text('path')} by ${text('manager') || 'unknown'}`;
    case 'audit': {
      const who = String(record(value['actor'])['user'] ?? 'unknown');
      const why = text('reason') === '' ? '' : `: ${text('reason')}`;
      return `${text('action')} ${text('outcome')} by ${who}${why}`;
    }
    case 'notification':
      return [text('trigger'), text('service'), text('state')].filter((word) => word !== '').join(' ');
    default:
      return '';
  }
}

/** Applications are in `argocd` unless said otherwise, as for the other commands. */
function withNamespace(name: string): string {
  return name.includes('/') ? name : `argocd/${name}`;
}
