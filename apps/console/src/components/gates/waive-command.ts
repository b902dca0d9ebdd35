import type { Verdict } from '../../api/gates.ts';

/** What writes a Waiver for this verdict alone; reason and owner are for whoever runs it. */
export function waiveCommand({ policy, object }: Verdict): string {
  const { group, kind, namespace = '', name } = object;
  // The command reads a slash as the beginning of a rule.
  const bare = policy.name.includes('/') ? `*${policy.name.slice(policy.name.lastIndexOf('/') + 1)}` : policy.name;
  return [
    `sekisho waiver create ${quoted(name)}`,
    `-n ${namespace === '' ? 'argocd' : namespace}`,
    `--policy ${quoted(policy.rule === undefined ? bare : `${bare}/${policy.rule}`)}`,
    `--kind ${group === '' ? kind : `${group}/${kind}`}`,
    `--object ${quoted(name)}`,
    "--reason 'WHY' --owner TEAM --expires 30d",
  ].join(' ');
}

function quoted(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
