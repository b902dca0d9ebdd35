import { stringifyYaml } from '@sekisho/base';
import { ExitCode } from '../exit-code.ts';
import { nameOf, print } from '../output/print.ts';
import { type FolderFlags, renderFolder } from '../render-folder.ts';

/** `sekisho render PATH`: exit 1 when a file is at fault; what could be read is printed all the same. */
export async function renderPath(
  path: string,
  flags: FolderFlags & { output: 'yaml' | 'json' | 'name' },
  signal: AbortSignal,
): Promise<ExitCode> {
  const { manifests, ok } = await renderFolder(path, flags, signal);
  const objects = manifests.map((manifest) => manifest.object);
  switch (flags.output) {
    case 'yaml':
      process.stdout.write(objects.map((object) => stringifyYaml(object)).join('---\n'));
      break;
    case 'json':
      process.stdout.write(`${JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }, null, 2)}\n`);
      break;
    case 'name':
      print(objects.map(nameOf).join('\n'));
  }
  return ok ? ExitCode.ok : ExitCode.notGood;
}
