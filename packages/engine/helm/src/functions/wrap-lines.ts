/**
 * Breaks a text where words end, as soon as a line would be longer than `width`.
 *
 * @param breaksWords words longer than a line are cut; otherwise they stand alone
 */
export function wrapLines(width: number, separator: string, breaksWords: boolean, text: string): string {
  const size = Math.max(1, width);
  const lineBreak = separator === '' ? '\n' : separator;
  const chars = [...text];
  const lines: string[] = [];
  let offset = 0;
  while (chars.length - offset > size) {
    if (chars[offset] === ' ') {
      offset++;
      continue;
    }
    const space = chars.lastIndexOf(' ', offset + size);
    if (space >= offset) {
      lines.push(chars.slice(offset, space).join(''));
      offset = space + 1;
    } else if (breaksWords) {
      lines.push(chars.slice(offset, offset + size).join(''));
      offset += size;
    } else {
      const next = chars.indexOf(' ', offset + size);
      if (next < 0) break;
      lines.push(chars.slice(offset, next).join(''));
      offset = next + 1;
    }
  }
  return [...lines, chars.slice(offset).join('')].join(lineBreak);
}
