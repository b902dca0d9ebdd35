/**
 * The fields of one line, trimmed; a field in double quotes may hold commas, and `""` for a quote.
 *
 * @returns undefined when a quote is not closed or stands in the middle of a field
 */
export function splitCsvLine(line: string): string[] | undefined {
  const fields: string[] = [];
  let rest = line;
  for (;;) {
    const quoted = /^\s*"((?:[^"]|"")*)"\s*(,|$)/.exec(rest);
    const plain = quoted === null ? /^([^",]*)(,|$)/.exec(rest) : null;
    const match = quoted ?? plain;
    if (match === null) return undefined;
    const [whole, text = '', end] = match;
    fields.push(quoted === null ? text.trim() : text.replaceAll('""', '"'));
    if (end === '') return fields;
    rest = rest.slice(whole.length);
  }
}
