import { stat } from 'node:fs/promises';
import { isSekishoError, type Origin, stringifyYaml } from '@sekisho/base';
import type { Manifest } from '@sekisho/kube';
import { applicationPath } from '../application-request.ts';
import type { CommandContext } from '../command-context.ts';
import { splitPath } from '../disk-tree.ts';
import { ExitCode } from '../exit-code.ts';
import { namingApplication } from '../not-found.ts';
import { nameOf, print } from '../output/print.ts';
import { compareRenders, formatObjectChange } from '../render/compare-renders.ts';
import type { RenderFlags } from '../render/render-flags.ts';
import { type RenderedPath, renderLocal } from '../render/render-path.ts';

export interface RenderCommandFlags extends RenderFlags {
  readonly output: 'yaml' | 'json' | 'name';
  readonly namespace?: string;
  readonly revision?: string;
  readonly diff?: string;
}

/** Whether `sekisho render TARGET` means a path of this machine: one that is there, or that can be no name. */
export async function isPath(target: string, { revision }: Pick<RenderCommandFlags, 'revision'>): Promise<boolean> {
  if (target.includes('/') || target === '.' || target === '..') return true;
  const there = await stat(target).catch(() => undefined);
  return there !== undefined || (revision !== undefined && /\.(ya?ml|json)$/.test(target));
}

/** Where no server is known, what is no path is no Application either. @throws SekishoError PATH_MISSING */
export async function noPath<T>(target: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (isSekishoError(error, 'SERVER_UNKNOWN')) await splitPath(target);
    throw error;
  }
}

/** `sekisho render PATH`: exit 1 when a file is at fault; what could be read is printed all the same. */
export async function renderPath(path: string, flags: RenderCommandFlags, signal: AbortSignal): Promise<ExitCode> {
  const at = (revision: string | undefined) =>
    renderLocal(path, flags, { namespace: flags.namespace ?? 'default', revision, signal });
  return show(flags, at);
}

/** `sekisho render APP`: what the server renders an Application to. */
export async function renderApplication(
  { connection, signal }: CommandContext,
  flags: RenderCommandFlags,
  name: string,
): Promise<ExitCode> {
  const namespace = flags.namespace ?? 'argocd';
  return show(flags, async (revision) => {
    const query = revision === undefined ? '' : `?revision=${encodeURIComponent(revision)}`;
    const path = applicationPath(namespace, name, `/manifests${query}`);
    const answer = await namingApplication(name, namespace, () => connection.api.get(path, signal));
    return {
      manifests: (answer as { manifests: { object: Manifest['object']; origin: Origin }[] }).manifests,
      ok: true,
      files: new Map(),
    };
  });
}

async function show(
  { output, revision, diff }: RenderCommandFlags,
  at: (revision: string | undefined) => Promise<RenderedPath>,
): Promise<ExitCode> {
  const before = diff === undefined ? undefined : await at(diff);
  const { manifests, ok } = await at(revision);
  if (before === undefined) {
    printObjects(manifests, output);
    return ok ? ExitCode.ok : ExitCode.notGood;
  }
  if (!ok || !before.ok) return ExitCode.notGood;
  const changes = compareRenders(before.manifests, manifests);
  if (output === 'json') print(JSON.stringify({ changes }, null, 2));
  else if (output === 'name') print(changes.map(({ kind, name }) => `${kind.toLowerCase()}/${name}`).join('\n'));
  else print(changes.map(formatObjectChange).join('\n'));
  return changes.length === 0 ? ExitCode.ok : ExitCode.notGood;
}

function printObjects(manifests: RenderedPath['manifests'], output: RenderCommandFlags['output']): void {
  const objects = manifests.map((manifest) => manifest.object);
  switch (output) {
    case 'yaml':
      process.stdout.write(objects.map((object) => stringifyYaml(object)).join('---\n'));
      break;
    case 'json':
      process.stdout.write(`${JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }, null, 2)}\n`);
      break;
    case 'name':
      print(objects.map(nameOf).join('\n'));
  }
}
