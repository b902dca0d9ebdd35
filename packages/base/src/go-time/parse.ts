import { quoteGo } from '../go-quote.ts';
import { daysInMonth, instantOf, isLeap, MONTHS, WEEKDAYS } from './civil-time.ts';
import { splitLayout } from './layout.ts';
import { UTC } from './time-zone.ts';

/** The message is Go's. */
export class TimeParseError extends Error {}

/** A text that isn't of an element's form. */
class Mismatch extends Error {}

/** An instant and how its text showed it. */
export interface ParsedTime {
  /** Since 1970. */
  readonly nanoseconds: bigint;
  /** Seconds east of UTC. */
  readonly offset: number;
  /** Abbreviation of the zone; '' when the text had none. */
  readonly zone: string;
}

/** `time.Parse` of Go: nanoseconds since 1970. Abbreviations of zones say nothing but `UTC`. @throws TimeParseError */
export function parseTime(layout: string, value: string): bigint {
  return parseZonedTime(layout, value).nanoseconds;
}

/** `time.Parse` of Go with the zone of the text. @throws TimeParseError */
export function parseZonedTime(layout: string, value: string): ParsedTime {
  return new TimeParser(layout, value).parse();
}

class TimeParser {
  readonly #layout: string;
  readonly #value: string;
  #rest: string;
  #outOfRange: string | undefined;
  #year = 0;
  #month = -1;
  #day = -1;
  #yearDay = -1;
  #hour = 0;
  #minute = 0;
  #second = 0;
  #nanosecond = 0;
  #half: 'AM' | 'PM' | undefined;
  #offset = 0;
  #zone = '';

  constructor(layout: string, value: string) {
    this.#layout = layout;
    this.#value = value;
    this.#rest = value;
  }

  parse(): ParsedTime {
    const parts = splitLayout(this.#layout);
    for (const [index, { element, text }] of parts.entries()) {
      const before = this.#rest;
      try {
        if (element === undefined) this.#literal(text);
        else this.#element(element, parts[index + 1]?.element);
      } catch (error) {
        if (!(error instanceof Mismatch)) throw error;
        const [at, wanted] = element === undefined ? [this.#rest, error.message] : [before, element];
        throw new TimeParseError(
          `parsing time ${quoteGo(this.#value)} as ${quoteGo(this.#layout)}: cannot parse ${quoteGo(at)} as ${quoteGo(wanted)}`,
        );
      }
      if (this.#outOfRange !== undefined) throw this.#fault(`${this.#outOfRange} out of range`);
    }
    if (this.#rest !== '') throw this.#fault(`extra text: ${quoteGo(this.#rest)}`);
    return { nanoseconds: this.#result(), offset: this.#offset, zone: this.#zone };
  }

  #fault(problem: string): TimeParseError {
    return new TimeParseError(`parsing time ${quoteGo(this.#value)}: ${problem}`);
  }

  /** Any number of spaces stands for any other, none too. */
  #literal(text: string): void {
    for (let prefix = text; prefix !== ''; ) {
      if (prefix.startsWith(' ')) {
        if (this.#rest !== '' && !this.#rest.startsWith(' ')) throw new Mismatch(prefix);
        prefix = prefix.replace(/^ +/, '');
        this.#rest = this.#rest.replace(/^ +/, '');
        continue;
      }
      if (this.#rest.charAt(0) !== prefix.charAt(0)) throw new Mismatch(prefix);
      prefix = prefix.slice(1);
      this.#rest = this.#rest.slice(1);
    }
  }

  #take(pattern: RegExp): string {
    const found = pattern.exec(this.#rest)?.[0];
    if (found === undefined) throw new Mismatch();
    this.#rest = this.#rest.slice(found.length);
    return found;
  }

  #number(isFixed: boolean, what: string, min: number, max: number): number {
    const value = Number(this.#take(isFixed ? /^\d\d/ : /^\d\d?/));
    if (value < min || value > max) this.#outOfRange = what;
    return value;
  }

  #name(names: readonly string[], length?: number): number {
    for (const [index, name] of names.entries()) {
      const wanted = length === undefined ? name : name.slice(0, length);
      if (this.#rest.slice(0, wanted.length).toLowerCase() !== wanted.toLowerCase()) continue;
      this.#rest = this.#rest.slice(wanted.length);
      return index;
    }
    throw new Mismatch();
  }

  #element(element: string, next: string | undefined): void {
    switch (element) {
      case '06':
        this.#year = Number(this.#take(/^\d\d/));
        this.#year += this.#year >= 69 ? 1900 : 2000;
        return;
      case '2006':
        this.#year = Number(this.#take(/^\d{4}/));
        return;
      case 'January':
        this.#month = this.#name(MONTHS) + 1;
        return;
      case 'Jan':
        this.#month = this.#name(MONTHS, 3) + 1;
        return;
      case '1':
      case '01':
        this.#month = this.#number(element === '01', 'month', 1, 12);
        return;
      case 'Monday':
        this.#name(WEEKDAYS);
        return;
      case 'Mon':
        this.#name(WEEKDAYS, 3);
        return;
      case '2':
      case '_2':
      case '02':
        if (element === '_2') this.#rest = this.#rest.replace(/^ /, '');
        this.#day = this.#number(element === '02', 'day', 0, 99);
        return;
      case '__2':
      case '002':
        if (element === '__2') this.#rest = this.#rest.replace(/^ {1,2}/, '');
        this.#yearDay = Number(this.#take(element === '002' ? /^\d{3}/ : /^\d{1,3}/));
        return;
      case '15':
        this.#hour = this.#number(false, 'hour', 0, 23);
        return;
      case '3':
      case '03':
        this.#hour = this.#number(element === '03', 'hour', 0, 12);
        return;
      case '4':
      case '04':
        this.#minute = this.#number(element === '04', 'minute', 0, 59);
        return;
      case '5':
      case '05':
        this.#second = this.#number(element === '05', 'second', 0, 59);
        // A fraction may follow though the layout has none.
        if (!/^[.,]/.test(next ?? '') && /^[.,]\d/.test(this.#rest)) this.#fraction(this.#take(/^[.,]\d+/));
        return;
      case 'PM':
        this.#half = this.#take(/^[AP]M/) as 'AM' | 'PM';
        return;
      case 'pm':
        this.#half = this.#take(/^[ap]m/).toUpperCase() as 'AM' | 'PM';
        return;
      case 'MST':
        this.#zoneName();
        return;
      default:
        if (/^[.,]0/.test(element)) this.#fraction(this.#take(new RegExp(`^[.,]\\d{${element.length - 1}}`)));
        else if (/^[.,]9/.test(element)) {
          if (/^[.,]\d/.test(this.#rest)) this.#fraction(this.#take(/^[.,]\d+/));
        } else this.#zoneOffset(element);
    }
  }

  #fraction(text: string): void {
    this.#nanosecond = Number(text.slice(1, 10).padEnd(9, '0'));
  }

  #zoneOffset(element: string): void {
    if (element.startsWith('Z') && this.#rest.startsWith('Z')) {
      this.#rest = this.#rest.slice(1);
      return;
    }
    const count = element.replace(/:/g, '').length >> 1;
    const separator = element.includes(':') ? ':' : '';
    const text = this.#take(new RegExp(`^[+-]\\d\\d${`${separator}\\d\\d`.repeat(count - 1)}`));
    const [hours = 0, minutes = 0, seconds = 0] = (text.match(/\d\d/g) ?? []).map(Number);
    if (hours > 24) this.#outOfRange = 'time zone offset hour';
    else if (minutes > 60) this.#outOfRange = 'time zone offset minute';
    else if (seconds > 60) this.#outOfRange = 'time zone offset second';
    this.#offset = (hours * 3600 + minutes * 60 + seconds) * (text.startsWith('-') ? -1 : 1);
  }

  /** Only what is said of Greenwich is an offset: other abbreviations may be of many zones. */
  #zoneName(): void {
    const name = this.#take(
      /^(?:UTC|GMT(?:[+-]\d{1,2})?|ChST|MeST|WITA|[+-]\d\d(?:\d\d)?|[A-Z]{4}T|[A-Z]{3}T|[A-Z]{3})(?![A-Z])/,
    );
    this.#zone = name;
    const hours = /^GMT([+-]\d{1,2})$/.exec(name)?.[1];
    if (hours !== undefined) this.#offset = Number(hours) * 3600;
  }

  #result(): bigint {
    let hour = this.#hour;
    if (this.#half === 'PM' && hour < 12) hour += 12;
    else if (this.#half === 'AM' && hour === 12) hour = 0;
    this.#applyYearDay();
    const month = this.#month < 0 ? 1 : this.#month;
    const day = this.#day < 0 ? 1 : this.#day;
    if (day < 1 || day > daysInMonth(this.#year, month)) throw this.#fault('day out of range');
    const time = { year: this.#year, month, day, hour, minute: this.#minute, second: this.#second };
    return instantOf({ ...time, nanosecond: this.#nanosecond }, UTC) - BigInt(this.#offset) * 1_000_000_000n;
  }

  #applyYearDay(): void {
    if (this.#yearDay < 0) return;
    if (this.#yearDay < 1 || this.#yearDay > (isLeap(this.#year) ? 366 : 365)) {
      throw this.#fault('day-of-year out of range');
    }
    let month = 1;
    let day = this.#yearDay;
    while (day > daysInMonth(this.#year, month)) day -= daysInMonth(this.#year, month++);
    if ((this.#month >= 0 && this.#month !== month) || (this.#day >= 0 && this.#day !== day)) {
      throw this.#fault('day-of-year does not match month or day');
    }
    this.#month = month;
    this.#day = day;
  }
}
