/**
 * The live object without what git does not speak of: defaults, status, what controllers wrote. Lists of named things
 * (containers, ports, variables) are matched by name, others by position.
 */
export function onlyDeclared(live: unknown, declared: unknown): unknown {
  if (Array.isArray(live) && Array.isArray(declared)) {
    const names = declared.map(nameOf);
    if (names.every((name) => name !== undefined)) {
      return live.map((item) => {
        const at = names.indexOf(nameOf(item) ?? '');
        return at < 0 ? item : onlyDeclared(item, declared[at]);
      });
    }
    return live.map((item, i) => (i < declared.length ? onlyDeclared(item, declared[i]) : item));
  }
  if (!isRecord(live) || !isRecord(declared)) return live;
  return Object.fromEntries(
    Object.entries(live)
      .filter(([key]) => key in declared)
      .map(([key, value]) => [key, onlyDeclared(value, declared[key])]),
  );
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function nameOf(value: unknown): string | undefined {
  return isRecord(value) && typeof value['name'] === 'string' ? value['name'] : undefined;
}
