import type { SourceFiles } from '../source-files.ts';

/** Files from values, path to text: for tests. */
export function memoryFiles(files: Readonly<Record<string, string | Uint8Array>>): SourceFiles {
  return {
    async read(path) {
      const content = Object.hasOwn(files, path) ? files[path] : undefined;
      return typeof content === 'string' ? new TextEncoder().encode(content) : content;
    },
    async list(path) {
      const prefix = path === '' ? '' : `${path}/`;
      const below = Object.keys(files).filter((name) => name.startsWith(prefix));
      if (below.length === 0) return undefined;
      const entries = new Map<string, 'file' | 'directory'>();
      for (const name of below) {
        const [first = '', ...rest] = name.slice(prefix.length).split('/');
        entries.set(first, rest.length > 0 ? 'directory' : 'file');
      }
      return [...entries].map(([name, type]) => ({ name, type }));
    },
  };
}
