import { compileRegex, RegexSyntaxError } from '../regex/engine.ts';

/** Whether a text has a format that schemas may name. Formats that aren't known hold for every text. */
export function hasFormat(format: string, text: string): boolean {
  return FORMATS.get(format)?.(text) ?? true;
}

const DATE = '\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])';
const TIME = '(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?';
const ZONE = '(?:Z|[-+](?:[01]\\d|2[0-3]):[0-5]\\d)';
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const OCTET = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)';

function pattern(source: string): (text: string) => boolean {
  const regex = new RegExp(`^(?:${source})$`);
  return (text) => regex.test(text);
}

const isIpv4 = pattern(`${OCTET}(?:\\.${OCTET}){3}`);

/** Eight groups, one run of zero groups as `::`, the last two perhaps as IPv4. */
function isIpv6(text: string): boolean {
  if (!text.includes(':')) return false;
  const last = text.slice(text.lastIndexOf(':') + 1);
  const plain = last.includes('.') ? (isIpv4(last) ? `${text.slice(0, -last.length)}0:0` : '') : text;
  const halves = plain.split('::');
  if (plain === '' || halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  if (!groups.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return false;
  return halves.length === 2 ? groups.length < 8 : groups.length === 8;
}

function isRealDate(text: string): boolean {
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text.slice(0, 10));
}

function isRegex(text: string): boolean {
  try {
    compileRegex(text);
    return true;
  } catch (error) {
    if (error instanceof RegexSyntaxError) return false;
    throw error;
  }
}

const isDate = pattern(DATE);
const isDateTime = pattern(`${DATE}[Tt]${TIME}${ZONE}`);
const isEmail = pattern(`[^\\s@<>()[\\]\\\\,;:"]+@${LABEL}(?:\\.${LABEL})*`);
const isUri = (text: string) => /^[A-Za-z][A-Za-z0-9+.-]*:/.test(text) && !/[\s\\]/.test(text);
const isUriReference = (text: string) => !/[\s\\]/.test(text);

const FORMATS: ReadonlyMap<string, (text: string) => boolean> = new Map([
  ['date', (text: string) => isDate(text) && isRealDate(text)],
  ['time', pattern(`${TIME}(?:${ZONE})?`)],
  ['date-time', (text: string) => isDateTime(text) && isRealDate(text)],
  ['hostname', (text: string) => text.length < 256 && pattern(`${LABEL}(?:\\.${LABEL})*`)(text)],
  ['email', isEmail],
  ['idn-email', isEmail],
  ['ipv4', isIpv4],
  ['ipv6', isIpv6],
  ['uri', isUri],
  ['uri-reference', isUriReference],
  ['iri', isUri],
  ['iri-reference', isUriReference],
  ['uri-template', (text: string) => isUriReference(text) && /^[^{}]*(?:\{[^{}]*\}[^{}]*)*$/.test(text)],
  ['uuid', pattern('[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}')],
  ['regex', isRegex],
  ['json-pointer', pattern('(?:/(?:[^~/]|~0|~1)*)*')],
  ['relative-json-pointer', pattern('(?:0|[1-9]\\d*)(?:#|(?:/(?:[^~/]|~0|~1)*)*)')],
]);
