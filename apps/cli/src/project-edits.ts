/** `spec` of an AppProject, as JSON. Edits copy it. */
export type ProjectSpec = Readonly<Record<string, unknown>>;

/** A change of a project's rules: the same spec when there is nothing to do. */
export type ProjectEdit = (spec: ProjectSpec) => ProjectSpec;

type Entry = Readonly<Record<string, unknown>>;

/** Lists of text: sourceRepos, sourceNamespaces. */
export function addText(field: string, value: string): ProjectEdit {
  return (spec) => {
    const list = textsOf(spec, field);
    return list.includes(value) ? spec : { ...spec, [field]: [...list, value] };
  };
}

export function removeText(field: string, value: string): ProjectEdit {
  return (spec) => {
    const list = textsOf(spec, field);
    return list.includes(value) ? { ...spec, [field]: list.filter((entry) => entry !== value) } : spec;
  };
}

/** Lists of objects; two are the same when all fields of the wanted one are equal. */
export function addEntry(field: string, entry: Entry): ProjectEdit {
  return (spec) => {
    const list = entriesOf(spec, field);
    return list.some((known) => isSame(known, entry)) ? spec : { ...spec, [field]: [...list, entry] };
  };
}

export function removeEntry(field: string, entry: Entry): ProjectEdit {
  return (spec) => {
    const list = entriesOf(spec, field);
    const left = list.filter((known) => !isSame(known, entry));
    return left.length === list.length ? spec : { ...spec, [field]: left };
  };
}

/** One after the other. */
export function inOrder(...edits: readonly ProjectEdit[]): ProjectEdit {
  return (spec) => edits.reduce((so, edit) => edit(so), spec);
}

/** A kind goes from one list to another: what is allowed must not stay forbidden, and the other way round. */
export function moveKind(kind: Entry, from: string, to: string): ProjectEdit {
  return inOrder(removeEntry(from, kind), addEntry(to, kind));
}

/**
 * Changes an entry of a list of objects; undefined takes it out.
 *
 * @throws RangeError when there is none at that place
 */
export function changeAt(field: string, index: number, change: (entry: Entry) => Entry | undefined): ProjectEdit {
  return (spec) => {
    const list = entriesOf(spec, field);
    const entry = list[index];
    if (entry === undefined) throw new RangeError(`${field} has no entry ${index}; it has ${list.length}`);
    const next = change(entry);
    const left = next === undefined ? list.toSpliced(index, 1) : list.with(index, next);
    return { ...spec, [field]: left };
  };
}

/** A role by its name. @throws RangeError when there is none */
export function changeRole(name: string, change: (role: Entry) => Entry | undefined): ProjectEdit {
  return (spec) => {
    const index = entriesOf(spec, 'roles').findIndex((role) => role['name'] === name);
    if (index < 0) throw new RangeError(`there is no role ${name}`);
    return changeAt('roles', index, change)(spec);
  };
}

export function textsOf(spec: Entry, field: string): readonly string[] {
  const list = spec[field];
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
}

export function entriesOf(spec: Entry, field: string): readonly Entry[] {
  const list = spec[field];
  return Array.isArray(list) ? list.filter((item) => typeof item === 'object' && item !== null) : [];
}

/** An absent name counts as the empty one. */
function isSame(known: Entry, wanted: Entry): boolean {
  const fields = new Set([...Object.keys(known), ...Object.keys(wanted)]);
  return [...fields].every((field) => (known[field] ?? '') === (wanted[field] ?? ''));
}
