import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { SekishoError } from '@sekisho/base';
import type { RenderedChart } from '@sekisho/helm';

export interface OutputFolder {
  /** As the user wrote it: it is told so. */
  readonly folder: string;
  readonly cwd: string;
  /** A folder in it for templates, not for crds/: `--release-name`. */
  readonly release?: string;
  readonly includeCrds: boolean;
}

/**
 * Writes a file for each template, as `helm template --output-dir` does.
 *
 * @returns what is told: a line for each object
 * @throws SekishoError FILE_NOT_WRITTEN
 */
export async function writeOutputFolder({ crds, manifests }: RenderedChart, output: OutputFolder): Promise<string> {
  const templates = output.release === undefined ? output.folder : join(output.folder, output.release);
  const parts = [
    ...(output.includeCrds ? crds : []).map(({ source, text }) => ({
      source,
      text,
      path: join(output.folder, source),
    })),
    ...manifests.map(({ source, text }) => ({ source, text, path: join(templates, source) })),
  ];
  const files = new Map<string, string>();
  for (const { path, source, text } of parts) {
    files.set(path, `${files.get(path) ?? ''}---\n# Source: ${source}\n${text}\n`);
  }
  for (const [path, text] of files) await write(resolve(output.cwd, path), text, resolve(output.cwd, output.folder));
  return `${parts.map(({ path }) => `wrote ${path}\n`).join('')}\n`;
}

async function write(path: string, text: string, folder: string): Promise<void> {
  if (!path.startsWith(`${folder}${sep}`)) {
    throw new SekishoError('FILE_NOT_WRITTEN', `${path} is outside of ${folder}: nothing is written there.`);
  }
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  } catch (cause) {
    throw new SekishoError('FILE_NOT_WRITTEN', `${path} can't be written.`, { cause });
  }
}
