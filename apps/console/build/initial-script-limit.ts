import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

/**
 * Fails the build when the scripts that the first page needs (the entry and all that it imports statically) are larger
 * than the limit, compressed by gzip.
 */
export function initialScriptLimit({ maxKilobytes }: { maxKilobytes: number }): Plugin {
  return {
    name: 'sekisho:initial-script-limit',
    apply: 'build',
    generateBundle(_options, bundle) {
      const pending = Object.values(bundle).filter((part) => part.type === 'chunk' && part.isEntry);
      const seen = new Map<string, number>();
      for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
        if (part.type !== 'chunk' || seen.has(part.fileName)) continue;
        seen.set(part.fileName, gzipSync(part.code).length / 1000);
        for (const file of part.imports) {
          const next = bundle[file];
          if (next !== undefined) pending.push(next);
        }
      }
      const total = [...seen.values()].reduce((sum, size) => sum + size, 0);
      const parts = [...seen].map(([file, size]) => `${file} ${size.toFixed(0)} kB`).join(', ');
      const message = `initial script ${total.toFixed(0)} kB compressed, limit ${maxKilobytes} kB (${parts})`;
      if (total > maxKilobytes) this.error(message);
      this.info(message);
    },
  };
}
