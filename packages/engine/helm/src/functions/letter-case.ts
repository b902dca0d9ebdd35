/** Upper case without those characters that would become several, as Go has it. */
function mapCase(text: string, change: (char: string) => string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII goes without looking at each
  if (/^[\x00-\x7f]*$/.test(text)) return change(text);
  let result = '';
  for (const char of text) {
    const changed = change(char);
    result += [...changed].length === 1 ? changed : char;
  }
  return result;
}

export function upper(text: string): string {
  return mapCase(text, (part) => part.toUpperCase());
}

export function lower(text: string): string {
  return mapCase(text, (part) => part.toLowerCase());
}
