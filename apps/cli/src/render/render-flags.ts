import { type Command, Option } from 'commander';

/** What decides how a path of this machine is rendered. */
export interface RenderFlags {
  readonly recurse?: boolean;
  readonly include?: string;
  readonly exclude?: string;
  readonly values?: readonly string[];
  readonly set?: readonly string[];
  readonly setString?: readonly string[];
  readonly releaseName?: string;
  readonly kubeVersion?: string;
  readonly apiVersions?: readonly string[];
}

export function addRenderFlags(command: Command): Command {
  return command
    .option('-r, --recurse', 'plain files of folders in it, too')
    .option('--include <glob>', 'only plain files like this')
    .option('--exclude <glob>', 'no plain files like this')
    .addOption(repeated('-f, --values <file>', 'values of a chart; may be repeated, the last one wins'))
    .addOption(repeated('--set <name=value>', 'one value of a chart; may be repeated'))
    .addOption(repeated('--set-string <name=value>', 'one value of a chart, as text; may be repeated'))
    .option('--release-name <name>', "a chart's release (default: the name of the folder)")
    .option('--kube-version <version>', 'Kubernetes that a chart is rendered for')
    .addOption(repeated('--api-versions <version>', 'what the cluster can do besides; may be repeated'));
}

/** Whether the path is to be read as plain files, whatever lies in it. */
export function asksForPlainFiles({ recurse, include, exclude }: RenderFlags): boolean {
  return recurse === true || include !== undefined || exclude !== undefined;
}

/** `a=1,b={x,y},c=p\,q` → three of them: commas in braces and after a backslash belong to the value. */
export function splitAssignments(text: string): { readonly name: string; readonly value: string }[] {
  const parts = text.match(/(?:\\.|\{(?:\\.|[^}])*\}|[^,])+/gs) ?? [];
  return parts.map((part) => {
    const equals = part.indexOf('=');
    const name = equals < 0 ? part : part.slice(0, equals);
    return { name, value: equals < 0 ? '' : part.slice(equals + 1).replace(/\\,/g, ',') };
  });
}

function repeated(flags: string, description: string): Option {
  return new Option(flags, description).argParser((value: string, before: readonly string[] = []) => [
    ...before,
    value,
  ]);
}
