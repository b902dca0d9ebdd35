const MAX_NAME = 253;
const MAX_SLUG = 50;

/** Argo CD's `normalize`: lower case, `-` for what a DNS name has not, 253 characters, letters or digits at both ends. */
export function normalizeName(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^-a-z0-9.]/gu, '-')
    .slice(0, MAX_NAME)
    .replace(/^[-.]+|[-.]+$/g, '');
}

export interface SlugOptions {
  /** Characters. Default 50. */
  readonly maxLength?: number;
  /** Cuts between words. Default true. */
  readonly isSmart?: boolean;
}

/** Letters that are one with their signs, and have no shorter form in Unicode. */
const LETTERS: Readonly<Record<string, string>> = {
  '&': 'and',
  '@': 'at',
  _: '-',
  ß: 'ss',
  æ: 'ae',
  Æ: 'AE',
  ø: 'o',
  Ø: 'O',
  œ: 'oe',
  Œ: 'OE',
  ł: 'l',
  Ł: 'L',
  đ: 'd',
  Đ: 'D',
  þ: 'th',
  Þ: 'Th',
  ð: 'd',
  ı: 'i',
};

/** Text as a part of an address: words of lower case letters and digits with `-` between them. */
export function slug(text: string, { maxLength = MAX_SLUG, isSmart = true }: SlugOptions = {}): string {
  let plain = text
    .trim()
    .replace(/["'’]/g, '')
    .replace(/[&@_ßæÆøØœŒłŁđĐþÞðı]/g, (letter) => LETTERS[letter] ?? letter)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase();
  if (!isSmart) plain = plain.slice(0, Math.max(0, maxLength));
  const words = plain
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/-+/g, '-')
    .replace(/^-|-$/g, '');
  if (!isSmart || maxLength <= 0 || words.length <= maxLength) return words;
  const end = words.lastIndexOf('-', maxLength);
  return words.slice(0, end < 0 ? maxLength : end);
}
