/** What stands after `?`: text, or a list where a name repeats. */
export type RawSearch = Readonly<Record<string, unknown>>;

/** `sync=OutOfSync&sync=Unknown` rather than JSON: addresses that people read and write. */
export function parseSearch(text: string): Record<string, string | string[]> {
  const params = new URLSearchParams(text);
  const search: Record<string, string | string[]> = {};
  for (const key of new Set(params.keys())) {
    const values = params.getAll(key);
    search[key] = values.length === 1 ? (values[0] ?? '') : values;
  }
  return search;
}

export function stringifySearch(search: Readonly<Record<string, unknown>>): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) {
    for (const part of Array.isArray(value) ? value : [value]) {
      if (part !== undefined && part !== '') params.append(key, String(part));
    }
  }
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

/** `{ [key]: value }` when the address has it, else nothing. */
export function readText<K extends string>(raw: RawSearch, key: K): { [name in K]?: string } {
  const value = raw[key];
  const text = Array.isArray(value) ? value[0] : value;
  return (text === undefined || text === '' ? {} : { [key]: String(text) }) as { [name in K]?: string };
}

export function readTexts<K extends string>(raw: RawSearch, key: K): { [name in K]?: string[] } {
  const value = raw[key];
  const list = (Array.isArray(value) ? value : [value]).filter((part) => part !== undefined && part !== '').map(String);
  return (list.length === 0 ? {} : { [key]: list }) as { [name in K]?: string[] };
}
