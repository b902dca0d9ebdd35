const segmentShape = /\[(?:name=([^\]]*)|(\d+))\]|"((?:[^"\\]|\\.)*)"|([^.[\]"]+)/g;

/**
 * The keys and indexes by which a verdict's field lies in the object: what positions in files are asked by.
 *
 * @param object  the object that was judged
 * @param field   `spec.containers[name=web].securityContext.privileged`
 * @returns as far as there is something: of a field that is missing, the way to where it should be
 */
export function locateField(object: unknown, field: string): readonly (string | number)[] {
  const path: (string | number)[] = [];
  let value = object;
  for (const [, name, index, quoted, key] of field.matchAll(segmentShape)) {
    const segment =
      name !== undefined
        ? indexNamed(value, name)
        : index !== undefined
          ? Number(index)
          : quoted !== undefined
            ? unquote(quoted)
            : key;
    if (segment === undefined || typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) break;
    path.push(segment);
    value = (value as Record<string | number, unknown>)[segment];
  }
  return path;
}

/** Whether there is something at the field, and not only at what would hold it. */
export function hasField(object: unknown, field: string): boolean {
  return locateField(object, field).length === [...field.matchAll(segmentShape)].length;
}

const plainKey = /^[A-Za-z0-9_-]+$/;
const plainName = /^[A-Za-z0-9._/-]+$/;

/** A path into an object as verdicts write it: list items by their name where they have one. */
export function formatField(object: unknown, path: readonly (string | number)[]): string {
  let text = '';
  let value = object;
  for (const segment of path) {
    value =
      typeof value === 'object' && value !== null && Object.hasOwn(value, segment)
        ? (value as Record<string | number, unknown>)[segment]
        : undefined;
    if (typeof segment === 'number') {
      const name = (value as { readonly name?: unknown } | null | undefined)?.name;
      text += typeof name === 'string' && plainName.test(name) ? `[name=${name}]` : `[${segment}]`;
    } else {
      const key = plainKey.test(segment) ? segment : JSON.stringify(segment);
      text += text === '' ? key : `.${key}`;
    }
  }
  return text;
}

function indexNamed(list: unknown, name: string): number | undefined {
  if (!Array.isArray(list)) return undefined;
  const index = list.findIndex((item) => (item as { readonly name?: unknown } | null)?.name === name);
  return index < 0 ? undefined : index;
}

function unquote(text: string): string {
  try {
    return String(JSON.parse(`"${text}"`));
  } catch {
    return text;
  }
}
