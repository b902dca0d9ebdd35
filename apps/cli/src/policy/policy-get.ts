import { type Diagnostic, formatDiagnostic, stringifyYaml } from '@sekisho/base';
import type { KubeObject } from '@sekisho/kube';
import type { CommandContext } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { formatValue, nameOf, type OutputFormat, print } from '../output/print.ts';
import { oneLine, printable } from '../output/text.ts';
import type { PolicyRow } from './policy-list.ts';

interface PolicyDetail extends PolicyRow {
  readonly documents: readonly KubeObject[];
  readonly files?: readonly { readonly path: string; readonly text: string }[];
  readonly revision?: string;
  readonly diagnostics: readonly Diagnostic[];
}

/** `sekisho policy get ID`. */
export async function policyGet(
  { connection, signal }: CommandContext,
  { output }: { output: OutputFormat },
  id: string,
): Promise<ExitCode> {
  const detail = (await connection.api.get(`/api/v1/policies/${encodeURIComponent(id)}`, signal)) as PolicyDetail;
  if (output === 'json' || output === 'yaml') print(formatValue(detail, output));
  else if (output === 'name') print(detail.documents.map(nameOf).join('\n'));
  else print(describe(detail));
  return detail.diagnostics.some(({ severity }) => severity === 'error') ? ExitCode.notGood : ExitCode.ok;
}

const INDENT = 16;

function describe(detail: PolicyDetail): string {
  const { id, title, description, severity, action, kinds, enforcement, unavailable, revision } = detail;
  const gates = Object.entries(enforcement).map(([gate, what]) => `${gate}: ${what}`);
  const lines = [
    line('Policy', id),
    line('Title', title),
    line('Description', description),
    line('Severity', severity),
    line('Action', action),
    line('Gates', gates.join(', ')),
    line('Kinds', kinds.join(', ')),
    line('Revision', revision),
    line('Unavailable', unavailable),
    ...detail.diagnostics.map((diagnostic) => line('Fault', formatDiagnostic(diagnostic))),
  ].filter((text) => text !== undefined);
  const documents = detail.documents.map((document) => stringifyYaml(forPeople(document)).trimEnd());
  const files = (detail.files ?? []).map(({ path, text }) => `# ${path}\n${text.trimEnd()}`);
  return [lines.join('\n'), ...documents, ...files].map(printable).join('\n---\n');
}

function line(title: string, text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : `${`${title}:`.padEnd(INDENT)}${oneLine(text)}`;
}

/** What somebody wrote, without what the server added. */
function forPeople({ apiVersion, kind, metadata, ...rest }: KubeObject) {
  const { name, namespace, labels, annotations = {} } = metadata;
  const { 'kubectl.kubernetes.io/last-applied-configuration': _, ...own } = annotations;
  const { status: __, ...content } = rest as Record<string, unknown>;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels === undefined ? {} : { labels }),
      ...(Object.keys(own).length === 0 ? {} : { annotations: own }),
    },
    ...content,
  };
}
