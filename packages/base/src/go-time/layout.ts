import { type CivilTime, MONTHS, weekdayOf, yearDayOf } from './civil-time.ts';

/** Layouts that have names. */
export const LAYOUTS: Readonly<Record<string, string>> = {
  ANSIC: 'Mon Jan _2 15:04:05 2006',
  UnixDate: 'Mon Jan _2 15:04:05 MST 2006',
  RubyDate: 'Mon Jan 02 15:04:05 -0700 2006',
  RFC822: '02 Jan 06 15:04 MST',
  RFC822Z: '02 Jan 06 15:04 -0700',
  RFC850: 'Monday, 02-Jan-06 15:04:05 MST',
  RFC1123: 'Mon, 02 Jan 2006 15:04:05 MST',
  RFC1123Z: 'Mon, 02 Jan 2006 15:04:05 -0700',
  RFC3339: '2006-01-02T15:04:05Z07:00',
  RFC3339Nano: '2006-01-02T15:04:05.999999999Z07:00',
};

const ELEMENT =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|002|0[1-6]|15|1|2006|2|_2(?!006)|__2|3|4|5|PM|pm|[-Z]07(?:0000|:00:00|00|:00|)|[.,](?:0+|9+)(?!\d)/g;

/** A part of a layout: an element of the reference time (`Mon Jan 2 15:04:05 MST 2006`), or text that stands for itself. */
export interface LayoutPart {
  readonly element: string | undefined;
  readonly text: string;
}

export function splitLayout(layout: string): LayoutPart[] {
  const parts: LayoutPart[] = [];
  let last = 0;
  for (const match of layout.matchAll(ELEMENT)) {
    if (match.index > last) parts.push({ element: undefined, text: layout.slice(last, match.index) });
    parts.push({ element: match[0], text: match[0] });
    last = match.index + match[0].length;
  }
  if (last < layout.length) parts.push({ element: undefined, text: layout.slice(last) });
  return parts;
}

/** `Time.Format` of Go. @param offset seconds east of UTC */
export function formatTime(layout: string, time: CivilTime, offset: number, zone: () => string): string {
  return splitLayout(layout)
    .map(({ element, text }) => (element === undefined ? text : formatElement(element, time, offset, zone)))
    .join('');
}

function formatElement(element: string, time: CivilTime, offset: number, zone: () => string): string {
  const hour12 = time.hour % 12 || 12;
  switch (element) {
    case '2006':
      return time.year < 0 ? `-${pad(-time.year, 4)}` : pad(time.year, 4);
    case '06':
      return pad(((time.year % 100) + 100) % 100, 2);
    case 'January':
      return MONTHS[time.month - 1] as string;
    case 'Jan':
      return (MONTHS[time.month - 1] as string).slice(0, 3);
    case '1':
      return `${time.month}`;
    case '01':
      return pad(time.month, 2);
    case 'Monday':
      return weekdayOf(time);
    case 'Mon':
      return weekdayOf(time).slice(0, 3);
    case '2':
      return `${time.day}`;
    case '_2':
      return `${time.day}`.padStart(2, ' ');
    case '02':
      return pad(time.day, 2);
    case '__2':
      return `${yearDayOf(time)}`.padStart(3, ' ');
    case '002':
      return pad(yearDayOf(time), 3);
    case '15':
      return pad(time.hour, 2);
    case '3':
      return `${hour12}`;
    case '03':
      return pad(hour12, 2);
    case '4':
      return `${time.minute}`;
    case '04':
      return pad(time.minute, 2);
    case '5':
      return `${time.second}`;
    case '05':
      return pad(time.second, 2);
    case 'PM':
      return time.hour >= 12 ? 'PM' : 'AM';
    case 'pm':
      return time.hour >= 12 ? 'pm' : 'am';
    case 'MST':
      return zone();
    default:
      return element.startsWith('.') || element.startsWith(',')
        ? formatFraction(element, time.nanosecond)
        : formatOffset(element, offset);
  }
}

function formatFraction(element: string, nanosecond: number): string {
  const digits = pad(nanosecond, 9)
    .slice(0, element.length - 1)
    .padEnd(element.length - 1, '0');
  if (element.charAt(1) === '0') return element.charAt(0) + digits;
  const trimmed = digits.replace(/0+$/, '');
  return trimmed === '' ? '' : element.charAt(0) + trimmed;
}

function formatOffset(element: string, offset: number): string {
  if (element.startsWith('Z') && offset === 0) return 'Z';
  const size = Math.abs(offset);
  const fields = [Math.trunc(size / 3600), Math.trunc(size / 60) % 60, size % 60].map((field) => pad(field, 2));
  const count = element.replace(/:/g, '').length >> 1;
  const sign = Math.trunc(offset / 60) < 0 ? '-' : '+';
  return sign + fields.slice(0, count).join(element.includes(':') ? ':' : '');
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
