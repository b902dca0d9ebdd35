import type { GitCommand } from './command.ts';
import { parseCommit } from './commit-object.ts';
import type { ObjectReader } from './object-reader.ts';

const maxCommitBytes = 1024 * 1024;
/** A push rarely brings more commits than this; beyond, git itself is asked. */
const walkCommits = 64;

/**
 * Whether `ancestor` is reachable from `commit`. The commits of a usual push are looked at through the reader that runs
 * anyway, because a process costs more than the whole answer.
 */
export async function isAncestor(
  ancestor: string,
  commit: string,
  { reader, command, gitDir }: { reader: ObjectReader; command: GitCommand; gitDir: string },
): Promise<boolean> {
  const seen = new Set<string>([commit]);
  let edge = [commit];
  while (edge.length > 0) {
    const next: string[] = [];
    for (const id of edge) {
      if (id === ancestor) return true;
      const object = await reader.contents(id, { maxBytes: maxCommitBytes });
      if (object?.type !== 'commit') continue;
      for (const parent of parseCommit(id, object.data).parents) {
        if (!seen.has(parent)) {
          seen.add(parent);
          next.push(parent);
        }
      }
    }
    if (seen.size > walkCommits) break;
    edge = next;
  }
  if (edge.length === 0) return false;
  const { code } = await command.run(['merge-base', '--is-ancestor', ancestor, commit], { gitDir });
  return code === 0;
}
