import { type Diagnostic, formatDiagnostic } from '@sekisho/base';
import { formatApiVersion, type GroupVersionKind } from '@sekisho/kube';
import { at, gatekeeperKind, groupOf, isTexts, kindOf, nameOf, type PolicyDocument } from '../document.ts';
import { readConfig } from '../sync.ts';
import { readSyncRequirements } from '../sync-requirements.ts';
import { type GatorFile, readDocuments } from './read-documents.ts';
import { failed, type GatorReport } from './report.ts';

export interface SyncTestOptions {
  /** What the cluster serves need not be told: then it is everything. */
  readonly omitsManifest?: boolean | undefined;
}

/**
 * `gator sync test`: whether SyncSets and Config name all kinds that templates compare with. A GVKManifest tells what the cluster
 * serves: other kinds don't count.
 */
export function gatorSyncTest(files: readonly GatorFile[], options: SyncTestOptions = {}): GatorReport {
  const { documents, errors } = readDocuments(files);
  if (errors.length > 0) return failed(...errors.map((error) => `reading: ${error}`));
  if (documents.length === 0) return failed('no input data identified');
  const manifests = documents.filter(isManifest);
  if (manifests.length > 1)
    return failed('checking: multiple GVK manifests found; one must name all kinds that the cluster serves');
  const configs = documents.filter(({ object }) => gatekeeperKind(object) === 'config');
  if (configs.length > 1) return failed('checking: multiple configs found; there can be only one');
  const templates = documents.filter(({ object }) => gatekeeperKind(object) === 'template');
  const skipped = documents
    .filter((document) => !isManifest(document) && !READ.includes(gatekeeperKind(document.object) ?? ''))
    .map(
      ({ object }) =>
        `skipping ${kindOf(object)} ${JSON.stringify(nameOf(object))}: it is no SyncSet, Config, GVKManifest or template\n`,
    )
    .join('');
  const unreadable = templates.flatMap(({ object }) => {
    const found = readSyncRequirements(object);
    return 'error' in found ? [`${nameOf(object)}:\n${found.error}`] : [];
  });
  if (unreadable.length > 0) return failed('encountered errors parsing the following templates: ', ...unreadable);
  if (manifests.length === 0 && options.omitsManifest !== true)
    return failed(
      'checking: no GVK manifest found; give one that names the kinds that the cluster serves, or say --force-omit-gvk-manifest',
    );

  const diagnostics: Diagnostic[] = [];
  const config = readConfig(
    documents.filter(({ object }) => ['config', 'syncset'].includes(gatekeeperKind(object) ?? '')),
    diagnostics,
  );
  if (diagnostics.length > 0) return failed(...diagnostics.map((fault) => `checking: ${formatDiagnostic(fault)}`));
  const served = manifests[0] === undefined ? undefined : servedKinds(manifests[0]);
  const synced = new Set((config.synced ?? []).map(gvkText).filter((kind) => served?.has(kind) !== false));
  const missing = templates.flatMap(({ object }) => {
    const found = readSyncRequirements(object);
    const unmet = ('error' in found ? [] : found).filter((kinds) => !kinds.some((kind) => synced.has(gvkText(kind))));
    return unmet.length === 0
      ? []
      : [`${nameOf(object)}:`, ...unmet.map((kinds) => `- ${kinds.map(gvkText).join(' OR ')}`)];
  });
  if (missing.length > 0)
    return { ...failed('the following requirements were not met: ', ...missing), stdout: skipped };
  return { status: 0, stdout: skipped, stderr: '' };
}

const READ: readonly string[] = ['template', 'config', 'syncset'];

function isManifest({ object }: PolicyDocument): boolean {
  return groupOf(object) === 'gvkmanifest.gatekeeper.sh' && kindOf(object) === 'GVKManifest';
}

function servedKinds({ object }: PolicyDocument): ReadonlySet<string> {
  const served = new Set<string>();
  for (const [group, versions] of Object.entries((at(object, 'spec', 'groups') ?? {}) as object)) {
    for (const [version, kinds] of Object.entries((versions ?? {}) as object)) {
      if (isTexts(kinds)) for (const kind of kinds) served.add(gvkText({ group, version, kind }));
    }
  }
  return served;
}

/** `apps/v1:Deployment` */
function gvkText({ group, version, kind }: GroupVersionKind): string {
  return `${formatApiVersion(group, version)}:${kind}`;
}
