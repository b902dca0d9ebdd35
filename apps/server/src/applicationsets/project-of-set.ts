import type { KubeObject } from '@sekisho/kube';
import { DEFAULT_PROJECT } from '@sekisho/project';
import { asRecord } from '../applications/as-record.ts';

/**
 * The project that all Applications of a set belong to; undefined when they may end up in any: the template's project is itself
 * a template, or a generator has a template with a project of its own. A `templatePatch` can't change it.
 */
export function projectOfSet(object: KubeObject): string | undefined {
  const spec = asRecord(object['spec']);
  const { project } = asRecord(asRecord(spec['template'])['spec']);
  if (hasOwnProject(spec['generators']) || (typeof project === 'string' && project.includes('{{'))) return undefined;
  return typeof project === 'string' && project !== '' ? project : DEFAULT_PROJECT;
}

/** Generators, and those within them, may have templates of their own. */
function hasOwnProject(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasOwnProject);
  const fields = asRecord(value);
  if (asRecord(asRecord(fields['template'])['spec'])['project']) return true;
  return Object.values(fields).some((field) => typeof field === 'object' && hasOwnProject(field));
}
