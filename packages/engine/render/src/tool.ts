import type { RenderContext } from './context.ts';
import type { TreeEntry } from './file-tree.ts';
import type { RenderOptions, Tool } from './options.ts';
import type { SourceFolder } from './source-folder.ts';

/** What the tools are told, after overrides. */
export type ToolOptions = Pick<RenderOptions, Tool>;

export const TOOLS: readonly Tool[] = ['directory', 'kustomize', 'helm'];
const KUSTOMIZATIONS = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

/**
 * The tool that the source says, else the one that the files of its directory ask for. As in Argo CD a kustomization wins
 * over a chart beside it. Undefined after a fault: RENDER_SEVERAL_TOOLS.
 */
export function chooseTool(context: RenderContext, options: ToolOptions, folder: SourceFolder): Tool | undefined {
  const said = TOOLS.filter((tool) => options[tool] !== undefined);
  if (said.length > 1) {
    const last = said.at(-1);
    context.fault('RENDER_SEVERAL_TOOLS', `the source has options of ${said.slice(0, -1).join(', ')} and ${last}`, {
      hint: 'Keep those of one tool: they say what renders the source.',
    });
    return undefined;
  }
  return said[0] ?? detectTool(folder.entries);
}

/** The tool that the entries of a directory ask for. */
export function detectTool(entries: ReadonlyMap<string, TreeEntry>): Tool {
  const has = (name: string) => {
    const type = entries.get(name)?.type;
    return type === 'file' || type === 'symlink';
  };
  if (KUSTOMIZATIONS.some(has)) return 'kustomize';
  return has('Chart.yaml') ? 'helm' : 'directory';
}
