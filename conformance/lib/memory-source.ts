import type { SourceEntry, SourceFiles } from '@sekisho/kustomize';

/** Files of a case in memory: path to content. */
export function memorySource(files: Readonly<Record<string, string | Uint8Array>>): SourceFiles {
  const folders = new Map<string, Map<string, SourceEntry>>([['', new Map()]]);
  for (const path of Object.keys(files)) {
    const parts = path.split('/');
    for (let depth = 0; depth < parts.length; depth++) {
      const folder = parts.slice(0, depth).join('/');
      const entry: SourceEntry = { name: parts[depth] ?? '', type: depth === parts.length - 1 ? 'file' : 'directory' };
      const entries = folders.get(folder) ?? new Map<string, SourceEntry>();
      folders.set(folder, entries.set(entry.name, entry));
    }
  }
  const encoder = new TextEncoder();
  return {
    read: async (path) => {
      const content = Object.hasOwn(files, path) ? files[path] : undefined;
      return typeof content === 'string' ? encoder.encode(content) : content;
    },
    list: async (path) => {
      const entries = folders.get(path);
      return entries === undefined ? undefined : [...entries.values()];
    },
  };
}
