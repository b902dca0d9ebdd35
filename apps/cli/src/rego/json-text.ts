/** An object of members that are JSON already; undefined ones are left out. */
export function objectText(members: Readonly<Record<string, string | undefined>>): string {
  const parts = Object.entries(members).flatMap(([name, text]) =>
    text === undefined ? [] : [`${JSON.stringify(name)}:${text}`],
  );
  return `{${parts.join(',')}}`;
}

/** A list of items that are JSON already. */
export function listText(items: readonly string[]): string {
  return `[${items.join(',')}]`;
}

/** Compact JSON on several lines. Numbers stay as they are, however large. */
export function indentJson(text: string): string {
  let result = '';
  let depth = 0;
  const newLine = () => `\n${'  '.repeat(depth)}`;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|\[\]|\{\}|[^"[\]{},:]+|./g)) {
    switch (token) {
      case '{':
      case '[':
        depth++;
        result += token + newLine();
        break;
      case '}':
      case ']':
        depth--;
        result += newLine() + token;
        break;
      case ',':
        result += token + newLine();
        break;
      case ':':
        result += ': ';
        break;
      default:
        result += token;
    }
  }
  return result;
}
