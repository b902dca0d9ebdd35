import type { FetchChart } from '@sekisho/helm';
import type { FileTree } from '@sekisho/render';
import type { SopsKeys } from '@sekisho/sops-keys';
import { processWorld } from '../check/world.ts';
import { chartsWhenNeeded } from '../helm/charts-when-needed.ts';

/** What a render on this machine gets from outside of its files, each loaded only when a source asks for it. */
export interface LocalOutside {
  readonly fetchChart: FetchChart;
  /** The same files; those that SOPS encrypted are opened with the keys of whoever is at the terminal. */
  plainText(tree: FileTree): FileTree;
  close(): Promise<void>;
}

export function localOutside(signal: AbortSignal): LocalOutside {
  const charts = chartsWhenNeeded(processWorld());
  let keys: Promise<SopsKeys> | undefined;

  async function decrypting(tree: FileTree): Promise<FileTree> {
    const { createLocalSopsKeys, decryptingTree } = await import('@sekisho/sops-keys');
    keys ??= createLocalSopsKeys(process.env);
    return decryptingTree(tree, { openKey: (await keys).openKey, signal }).tree;
  }

  return {
    fetchChart: charts.fetch,
    plainText(tree) {
      let plain: Promise<FileTree> | undefined;
      return {
        ...tree,
        async read(path, limits) {
          const bytes = await tree.read(path, limits);
          // Every encrypted file has this word in it; hardly any other has.
          if (!Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes('sops')) return bytes;
          plain ??= decrypting(tree);
          return (await plain).read(path, limits);
        },
      };
    },
    close: charts.close,
  };
}
