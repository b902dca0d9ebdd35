const LETTER = /^\p{L}$/u;

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= '0' && char <= '9';
}

function isLetter(char: string): boolean {
  if (char < '\u0080') return (char >= 'a' && char <= 'z') || (char >= 'A' && char <= 'Z');
  return LETTER.test(char);
}

/** The order of keys in the output: numbers inside names count by value, and signs come before letters. */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  let at = 0;
  const shorter = Math.min(a.length, b.length);
  while (at < shorter && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  if (at === shorter) return a.length - b.length;
  const left = a.charAt(at);
  const right = b.charAt(at);
  const leftLetter = isLetter(left);
  const rightLetter = isLetter(right);
  if (leftLetter && rightLetter) return left < right ? -1 : 1;
  if (leftLetter || rightLetter) return rightLetter ? -1 : 1;
  return compareDigits(a, b, at) || (left < right ? -1 : 1);
}

function compareDigits(a: string, b: string, from: number): number {
  // A zero that differs counts as a digit of the number that began before it.
  let lead = 0;
  if (a.charAt(from) === '0' || b.charAt(from) === '0') {
    for (let at = from - 1; at >= 0 && isDigit(a[at]); at--) if (a[at] !== '0') lead = 1;
  }
  const left = digitsFrom(a, from, lead);
  const right = digitsFrom(b, from, lead);
  return left.value - right.value || left.end - right.end;
}

function digitsFrom(text: string, from: number, lead: number): { value: number; end: number } {
  let value = lead;
  let end = from;
  for (; isDigit(text[end]); end++) value = value * 10 + text.charCodeAt(end) - 48;
  return { value, end };
}
