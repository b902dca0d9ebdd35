import { formatOrigin } from '@sekisho/base';
import { createDiscovery } from '@sekisho/client';
import { gvkOf, type Manifest } from '@sekisho/kube';
import { compareObject, type FieldChange, readTrackingId, withTracking } from '@sekisho/sync';
import type { CommandContext } from '../command-context.ts';
import { ExitCode } from '../exit-code.ts';
import { formatChanges } from '../output/changes.ts';
import { formatRows, type OutputFormat, print } from '../output/print.ts';
import type { RenderFlags } from '../render/render-flags.ts';
import { renderLocal } from '../render/render-path.ts';

interface ObjectDiff {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly origin: string;
  readonly change: 'create' | 'update';
  readonly changes: readonly FieldChange[];
}

/** `sekisho diff PATH`: the same comparison that a sync makes, for a folder of this machine. */
export async function diffPath(
  { connection, signal }: CommandContext,
  flags: RenderFlags & { output: OutputFormat; namespace: string },
  path: string,
): Promise<ExitCode> {
  const { manifests, ok } = await renderLocal(path, flags, { namespace: flags.namespace, signal });
  if (!ok) return ExitCode.notGood;
  const kube = await connection.kube();
  const discovery = createDiscovery(kube);
  const diffs: ObjectDiff[] = [];
  for (const manifest of manifests) {
    const info = await discovery.resourceFor(gvkOf(manifest.object));
    const { name } = manifest.object.metadata;
    const namespace = info?.namespaced === false ? undefined : (manifest.object.metadata.namespace ?? flags.namespace);
    if (info === undefined && !isDefined(manifest, manifests)) warnUnknownKind(manifest);
    const live =
      info === undefined || name === undefined ? undefined : await kube.getIfExists(info, name, namespace, { signal });
    const diff = compareOne(manifest, live, namespace);
    if (diff !== undefined) diffs.push(diff);
  }
  print(
    flags.output === 'table' || flags.output === 'wide'
      ? diffs.map(describe).join('\n')
      : formatRows(diffs, flags.output, [], { name: ({ kind, name }) => `${kind.toLowerCase()}/${name}` }),
  );
  return diffs.length === 0 ? ExitCode.ok : ExitCode.notGood;
}

/** Whether a definition of its kind is in the same folder. */
function isDefined({ object }: Manifest, manifests: readonly Manifest[]): boolean {
  const { group, kind } = gvkOf(object);
  return manifests.some(({ object: { kind: kindOfDefinition, spec } }) => {
    const { group: ofGroup, names } = (spec ?? {}) as { group?: string; names?: { kind?: string } };
    return kindOfDefinition === 'CustomResourceDefinition' && ofGroup === group && names?.kind === kind;
  });
}

function warnUnknownKind({ object, origin }: Manifest): void {
  const what = `the cluster does not serve ${object.kind} of ${object.apiVersion}`;
  process.stderr.write(`warning: ${formatOrigin(origin)}: ${what}\n`);
}

function compareOne(
  manifest: Manifest,
  live: Manifest['object'] | undefined,
  namespace: string | undefined,
): ObjectDiff | undefined {
  const { object, origin } = manifest;
  const common = {
    kind: object.kind,
    namespace: namespace ?? '',
    name: object.metadata.name ?? object.metadata.generateName ?? '',
    origin: formatOrigin(origin),
  };
  if (live === undefined) return { ...common, change: 'create', changes: [] };
  const placed = namespace === undefined ? object : { ...object, metadata: { ...object.metadata, namespace } };
  // Files don't carry the mark of the application that applies them.
  const owner = readTrackingId(live)?.app;
  const desired = owner === undefined ? placed : withTracking(owner, placed);
  const { status, changes } = compareObject({ desired, live });
  return status === 'Synced' ? undefined : { ...common, change: 'update', changes };
}

function describe({ change, kind, name, namespace, origin, changes }: ObjectDiff): string {
  const title = `${change} ${kind}/${name}${namespace === '' ? '' : ` in ${namespace}`}  (${origin})`;
  return changes.length === 0 ? title : `${title}\n${formatChanges(changes)}`;
}
