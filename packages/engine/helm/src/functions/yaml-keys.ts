/**
 * Order of keys in go-yaml: numbers inside of keys count as numbers (`a9` before `a10`), letters stand behind what is no
 * letter.
 *
 * @param lettersAfterDigits behind a digit it is the other way round, as in version 3
 */
export function compareYamlKeys(a: string, b: string, lettersAfterDigits = false): number {
  const [x, y] = [[...a], [...b]];
  const shorter = Math.min(x.length, y.length);
  let at = 0;
  while (at < shorter && x[at] === y[at]) at++;
  if (at === shorter) return x.length - y.length;
  const [charX, charY] = [x[at] as string, y[at] as string];
  const [letterX, letterY] = [isLetter(charX), isLetter(charY)];
  if (letterX && letterY) return order(charX, charY);
  if (letterX || letterY) {
    const isAfterDigit = lettersAfterDigits && at > 0 && isDigit(x[at - 1] as string);
    return letterX === isAfterDigit ? -1 : 1;
  }
  return compareNumbers(x, y, at) || order(charX, charY);
}

/** Numbers that begin, or go on, at a place; zeros count only behind other digits. */
function compareNumbers(x: readonly string[], y: readonly string[], at: number): number {
  const prefix = (x[at] === '0' || y[at] === '0') && followsNonZero(x, at) ? '1' : '';
  const [digitsX, digitsY] = [digitsAt(x, at), digitsAt(y, at)];
  const [valueX, valueY] = [BigInt(`${prefix}${digitsX}` || '0'), BigInt(`${prefix}${digitsY}` || '0')];
  if (valueX !== valueY) return valueX < valueY ? -1 : 1;
  return digitsX.length - digitsY.length;
}

function followsNonZero(chars: readonly string[], at: number): boolean {
  for (let index = at - 1; index >= 0 && isDigit(chars[index] as string); index--)
    if (chars[index] !== '0') return true;
  return false;
}

function digitsAt(chars: readonly string[], at: number): string {
  let end = at;
  while (end < chars.length && /[0-9]/.test(chars[end] as string)) end++;
  return chars.slice(at, end).join('');
}

function isLetter(char: string): boolean {
  return /\p{L}/u.test(char);
}

function isDigit(char: string): boolean {
  return /\p{Nd}/u.test(char);
}

function order(a: string, b: string): number {
  return (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0);
}
