import type { Field } from '../object/field.ts';
import { allContainersOf, type PodTemplate } from '../object/pod-template.ts';
import type { Breach } from './control.ts';

/** The field in the security context of the pod (when it has it) and of every container. */
export function contextFields({ spec }: PodTemplate, ...keys: readonly string[]): readonly Field[] {
  return [spec, ...allContainersOf(spec)].map((place) => place.at('securityContext', ...keys));
}

/** The field in the security context of every container. */
export function containerContextFields({ spec }: PodTemplate, ...keys: readonly string[]): readonly Field[] {
  return allContainersOf(spec).map((container) => container.at('securityContext', ...keys));
}

/** Every field that is set to something the control does not allow. */
export function notAllowed(fields: readonly Field[], allows: (field: Field) => boolean): readonly Breach[] {
  return fields
    .filter((field) => field.isSet && !allows(field))
    .map((field) => ({ field, problem: `must not be ${JSON.stringify(field.value)}` }));
}

/** Items of lists that are not on a list. */
export function unlisted(lists: readonly Field[], allowed: ReadonlySet<string>): readonly Breach[] {
  return lists.flatMap((list) =>
    list.texts
      .filter((text) => !allowed.has(text))
      .map((text) => ({ field: list, problem: `must not include ${text}` })),
  );
}

/**
 * What the pod may say for all of its containers, and each container for itself: wherever it is said it must be good,
 * and containers that say nothing need it from the pod.
 */
export function requiredEverywhere(
  pod: PodTemplate,
  keys: readonly string[],
  isGood: (field: Field) => boolean,
  problem: string,
): readonly Breach[] {
  const ofPod = pod.spec.at('securityContext', ...keys);
  const breaches: Breach[] = [];
  if (ofPod.isSet && !isGood(ofPod)) breaches.push({ field: ofPod, problem });
  for (const own of containerContextFields(pod, ...keys)) {
    const isWrong = own.isSet ? !isGood(own) : !ofPod.isSet;
    if (isWrong) breaches.push({ field: own, problem });
  }
  return breaches;
}
