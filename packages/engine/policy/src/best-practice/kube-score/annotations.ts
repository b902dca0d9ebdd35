import type { Field } from '../object/field.ts';
import type { CheckInfo } from './check.ts';

/** Which checks run on an object, besides what its annotations say. */
export interface Switches {
  /** Ids of optional checks that are on. */
  readonly enabledOptional: ReadonlySet<string>;
  readonly useIgnoreAnnotation: boolean;
  readonly useEnableAnnotation: boolean;
}

const ignoreAnnotation = 'kube-score/ignore';
const enableAnnotation = 'kube-score/enable';
/** `true`: no check looks at the object. */
const skipAnnotation = 'kube-score/skip';
/** Stands for every check in the two lists. */
const EVERY = '*';

/** Checks that are ignored along with another. */
const implied: Readonly<Record<string, readonly string[]>> = {
  'container-resources': ['container-ephemeral-storage-request-and-limit'],
};

/**
 * Whether a check counts for an object. What the pod template says comes before what the object says, and to ignore
 * comes before to enable.
 * @param annotated  places that may hold the annotations, nearest first
 */
export function isEnabled(check: CheckInfo, annotated: readonly Field[], switches: Switches): boolean {
  if (switches.useIgnoreAnnotation && annotated.some((place) => isOn(place.at(skipAnnotation)))) return false;
  for (const annotations of annotated) {
    if (switches.useIgnoreAnnotation && names(annotations.at(ignoreAnnotation), check.id, implied)) return false;
    if (switches.useEnableAnnotation && names(annotations.at(enableAnnotation), check.id, {})) return true;
  }
  return !check.optional || switches.enabledOptional.has(check.id);
}

function names(list: Field, id: string, along: typeof implied): boolean {
  if (list.text === undefined) return false;
  return list.text
    .split(',')
    .map((name) => name.trim())
    .some(
      (name) => name === id || name === EVERY || (Object.hasOwn(along, name) && along[name]?.includes(id) === true),
    );
}

function isOn(flag: Field): boolean {
  return flag.text?.trim().toLowerCase() === 'true';
}
