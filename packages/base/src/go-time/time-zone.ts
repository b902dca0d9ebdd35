/** A zone of the IANA database. */
export interface Zone {
  readonly name: string;
  /** Seconds east of UTC at an instant (seconds since 1970). */
  offsetAt(second: number): number;
  /** `CET`, or `-03` where a zone has no letters. */
  abbreviationAt(second: number): string;
}

export const UTC: Zone = { name: 'UTC', offsetAt: () => 0, abbreviationAt: () => 'UTC' };

const MAX_ZONES = 64;
const MAX_OFFSETS = 4096;
/** Offsets change on quarters of an hour only. */
const QUARTER = 900;
const zones = new Map<string, Zone>();

/** Undefined when there is no such zone. `''`, `UTC` and `Local` are UTC. */
export function findZone(name: string): Zone | undefined {
  if (name === '' || name === 'UTC' || name === 'Local') return UTC;
  let zone = zones.get(name);
  if (zone !== undefined) return zone;
  // Intl also takes offsets and any case; the database has names only.
  if (!/^[A-Z][A-Za-z0-9_+/-]*$/.test(name)) return undefined;
  try {
    zone = new IanaZone(name);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  if (zones.size >= MAX_ZONES) zones.clear();
  zones.set(name, zone);
  return zone;
}

class IanaZone implements Zone {
  readonly name: string;
  readonly #format: Intl.DateTimeFormat;
  readonly #offsets = new Map<number, number>();

  constructor(name: string) {
    this.name = name;
    const fields = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric' } as const;
    this.#format = new Intl.DateTimeFormat('en-US', {
      ...fields,
      minute: 'numeric',
      second: 'numeric',
      era: 'short',
      hourCycle: 'h23',
      timeZone: name,
    });
  }

  offsetAt(second: number): number {
    const quarter = Math.floor(second / QUARTER);
    let offset = this.#offsets.get(quarter);
    if (offset === undefined) {
      offset = this.#compute(quarter * QUARTER);
      if (this.#offsets.size >= MAX_OFFSETS) this.#offsets.clear();
      this.#offsets.set(quarter, offset);
    }
    return offset;
  }

  #compute(second: number): number {
    const fields: Record<string, string> = {};
    for (const { type, value } of this.#format.formatToParts(second * 1000)) fields[type] = value;
    const field = (name: string) => Number(fields[name]);
    const year = fields.era === 'BC' ? 1 - field('year') : field('year');
    const local = new Date(0);
    local.setUTCFullYear(year, field('month') - 1, field('day'));
    local.setUTCHours(field('hour'), field('minute'), field('second'));
    return Math.round(local.getTime() / 1000) - second;
  }

  abbreviationAt(second: number): string {
    const offset = this.offsetAt(second);
    return abbreviationOf(this.name, second, offset) ?? numericAbbreviation(offset);
  }
}

/** Each knows the abbreviations of its own part of the world. */
const LOCALES = ['en-US', 'en-GB', 'en-AU', 'en-IN', 'en-NZ', 'en-ZA'];
/** What those don't know: zones, and what they are called at an offset in minutes. */
const ABBREVIATIONS: readonly (readonly [names: string, byOffset: Readonly<Record<number, string>>])[] = [
  ['Asia/Tokyo Japan', { 540: 'JST' }],
  ['Asia/Seoul Asia/Pyongyang ROK', { 540: 'KST' }],
  ['Asia/Shanghai Asia/Taipei Asia/Macau Asia/Chongqing PRC ROC', { 480: 'CST' }],
  ['Asia/Hong_Kong Hongkong', { 480: 'HKT' }],
  ['Asia/Jerusalem Asia/Tel_Aviv Israel', { 120: 'IST', 180: 'IDT' }],
  ['Asia/Kolkata Asia/Calcutta', { 330: 'IST' }],
  ['Asia/Karachi', { 300: 'PKT' }],
  ['Asia/Jakarta Asia/Pontianak', { 420: 'WIB' }],
  ['Asia/Makassar', { 480: 'WITA' }],
  ['Asia/Jayapura', { 540: 'WIT' }],
  ['Asia/Manila', { 480: 'PST' }],
  ['Asia/Beirut Asia/Nicosia Africa/Cairo Africa/Tripoli Asia/Gaza Asia/Hebron', { 120: 'EET', 180: 'EEST' }],
  ['Europe/Moscow Europe/Simferopol W-SU', { 180: 'MSK' }],
  ['Europe/Dublin Eire', { 0: 'GMT', 60: 'IST' }],
  ['Africa/Lagos Africa/Kinshasa Africa/Luanda', { 60: 'WAT' }],
  ['Africa/Nairobi Africa/Addis_Ababa Africa/Kampala Africa/Dar_es_Salaam', { 180: 'EAT' }],
  ['Africa/Johannesburg', { 120: 'SAST' }],
  ['Africa/Maputo Africa/Harare Africa/Lusaka Africa/Khartoum', { 120: 'CAT' }],
  ['Africa/Algiers Africa/Tunis', { 60: 'CET' }],
  ['Africa/Abidjan Africa/Accra Africa/Dakar', { 0: 'GMT' }],
  ['Etc/UTC Etc/UCT Etc/Universal Etc/Zulu UCT Universal Zulu', { 0: 'UTC' }],
];

function abbreviationOf(zone: string, second: number, offset: number): string | undefined {
  for (const [names, byOffset] of ABBREVIATIONS) {
    if (names.split(' ').includes(zone)) return byOffset[offset / 60];
  }
  for (const locale of LOCALES) {
    const format = new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName: 'short' });
    const name = format.formatToParts(second * 1000).find((part) => part.type === 'timeZoneName')?.value ?? '';
    if (/^[A-Z]{2,5}$/.test(name) && (name !== 'GMT' || offset === 0)) return name;
  }
  return undefined;
}

function numericAbbreviation(offset: number): string {
  const minutes = Math.abs(Math.trunc(offset / 60));
  const hours = String(Math.trunc(minutes / 60)).padStart(2, '0');
  const rest = minutes % 60 === 0 ? '' : String(minutes % 60).padStart(2, '0');
  return `${offset < 0 ? '-' : '+'}${hours}${rest}`;
}
