import { isSekishoError, type Origin } from '@sekisho/base';
import { type KubeObject, parseApiVersion } from '@sekisho/kube';
import { formatObjectKey } from '@sekisho/sync';
import type { ApplicationController, Examination } from '../applications/controller.ts';
import type { Sources } from '../applications/sources.ts';
import type { ObjectName } from './policy-audit.ts';

/** Tells which lines of git verdicts about a live object are about. */
export type VerdictLines = (
  application: { readonly namespace: string; readonly name: string },
  object: ObjectName,
  /** Fields of each verdict. */
  fields: readonly (readonly string[])[],
) => Promise<readonly (Origin | undefined)[]>;

const LOOK_MS = 10_000;
/** Pod, ReplicaSet, Deployment, and whatever custom resource made that. */
const MAX_LEVELS = 6;

/** An object that nobody declared is told by the one that it was made from: a Pod by its Deployment. */
export function createVerdictLines(options: {
  applications: Pick<ApplicationController, 'examine'>;
  sources: Pick<Sources, 'repository'>;
}): VerdictLines {
  const { applications, sources } = options;
  return async ({ namespace, name }, object, fields) => {
    try {
      const look = await applications.examine(`${namespace}/${name}`, { signal: AbortSignal.timeout(LOOK_MS) });
      const found = declared(look, object);
      const origin = found?.manifest.origin;
      if (found === undefined || origin === undefined) return [];
      const { originsIn } = await import('../gate/verdict-origins.ts');
      const origins = originsIn(look.application, look.rendered, sources);
      const lines: Origin[] = [];
      for (const own of fields)
        lines.push(await origins.originOf(found.manifest.object, origin, own.map(found.fieldOf)));
      return lines;
    } catch (error) {
      // The verdicts are told, also while git is away.
      if (isSekishoError(error) || (error instanceof Error && error.name === 'TimeoutError')) return [];
      throw error;
    }
  };
}

/** The manifest of an object, or of the nearest of its owners that has one; and how its fields are called there. */
function declared({ comparison, destination }: Examination, { group, kind, namespace, name }: ObjectName) {
  const manifests = new Map(
    comparison.resources.flatMap((resource) =>
      resource.desired === undefined ? [] : [[formatObjectKey(resource), resource.desired] as const],
    ),
  );
  let key = formatObjectKey({ group, kind, namespace, name });
  let live: KubeObject | undefined = destination.live.get({ group, kind }, name, namespace);
  const isPod = group === '' && kind === 'Pod';
  for (let level = 0; level < MAX_LEVELS; level++) {
    const manifest = manifests.get(key);
    if (manifest !== undefined) {
      const prefix = isPod && level > 0 ? podTemplateOf(manifest.object.kind) : '';
      return { manifest, fieldOf: (field: string) => `${prefix}${field}` };
    }
    const owner = live?.metadata.ownerReferences?.find(({ controller }) => controller === true);
    if (owner === undefined) return undefined;
    const ref = { group: parseApiVersion(owner.apiVersion).group, kind: owner.kind };
    live = destination.live.get(ref, owner.name, namespace);
    key = formatObjectKey({ ...ref, namespace: live?.metadata.namespace ?? '', name: owner.name });
  }
  return undefined;
}

function podTemplateOf(kind: string): string {
  return kind === 'CronJob' ? 'spec.jobTemplate.spec.template.' : 'spec.template.';
}
