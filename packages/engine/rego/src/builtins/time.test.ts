import { describe, expect, it } from 'vitest';
import { BigNumber } from '../value/number.ts';
import { callBuiltin } from './testing/call.ts';
import { TIME_BUILTINS } from './time.ts';

const big = (text: string) => new BigNumber(text);
const LEAP = big('1582977600000000000');
const FRACTION = big('1582977600123456789');
const call = (name: string, ...args: unknown[]) => {
  const result = callBuiltin(TIME_BUILTINS, `time.${name}`, args);
  return result instanceof BigNumber ? BigInt(result.text) : result;
};

describe('time', () => {
  it.each<[string, readonly unknown[], unknown]>([
    ['now_ns', [], 1_700_000_000_000_000_000n],
    ['parse_ns', ['RFC3339', '2020-01-02T03:04:05Z'], 1577934245000000000n],
    ['parse_ns', ['2006-01-02T15:04:05Z07:00', '2020-01-02T03:04:05.123456789+02:00'], 1577927045123456789n],
    ['parse_ns', ['ANSIC', 'Mon Jan  2 15:04:05 2006'], 1136214245000000000n],
    ['parse_ns', ['RFC850', 'Monday, 02-Jan-06 15:04:05 MST'], 1136214245000000000n],
    ['parse_ns', ['06-1-2 3:4:5.000 PM', '20-1-2 3:4:5.123 PM'], 1577977445123000000n],
    ['parse_ns', ['2006 002', '2020 366'], 1609372800000000000n],
    ['parse_ns', ['2006-01-02', '2020-13-02'], 'parsing time "2020-13-02": month out of range'],
    ['parse_ns', ['2006-01-02', '2020-02-30'], 'parsing time "2020-02-30": day out of range'],
    ['parse_ns', ['2006-01-02', '2020-02-3'], 'parsing time "2020-02-3" as "2006-01-02": cannot parse "3" as "02"'],
    ['parse_ns', ['2006-01-02', '2020-02-031'], 'parsing time "2020-02-031": extra text: "1"'],
    ['parse_ns', ['Jan 2006', 'Foo 2020'], 'parsing time "Foo 2020" as "Jan 2006": cannot parse "Foo 2020" as "Jan"'],
    ['parse_ns', ['Kitchen', '3:04PM'], 'parsing time "3:04PM" as "Kitchen": cannot parse "3:04PM" as "Kitchen"'],
    ['parse_ns', ['3:04PM', '4:05AM'], 'time outside of valid range'],
    ['parse_rfc3339_ns', ['2020-01-02T03:04:05.5+01:30'], 1577928845500000000n],
    ['parse_rfc3339_ns', ['1677-09-21T00:12:43.145224192-00:00'], -9223372036854775808n],
    ['parse_rfc3339_ns', ['1677-09-21T00:12:43.145224191Z'], 'time outside of valid range'],
    [
      'parse_rfc3339_ns',
      ['2020-01-02 03:04:05Z'],
      'parsing time "2020-01-02 03:04:05Z" as "2006-01-02T15:04:05Z07:00": cannot parse " 03:04:05Z" as "T"',
    ],
    ['parse_duration_ns', ['1h2m3.5s'], 3723500000000],
    ['parse_duration_ns', ['-1.5h'], -5400000000000],
    ['parse_duration_ns', ['1us2µs3ns.5ms'], 503003],
    ['parse_duration_ns', ['1d1h'], 90000000000000],
    ['parse_duration_ns', [''], 'time: invalid duration ""'],
    ['parse_duration_ns', ['300'], 'time: missing unit in duration "300"'],
    ['parse_duration_ns', ['1x'], 'time: unknown unit "x" in duration "1x"'],
    ['parse_duration_ns', ['99999999h'], 'time: invalid duration "99999999h"'],
    ['date', [LEAP], [2020, 2, 29]],
    ['date', [big('9223372036854775807')], [2262, 4, 11]],
    ['date', [big('99999999999999999999')], 'timestamp too big'],
    ['date', [1.5], 'timestamp too big'],
    ['date', [[LEAP, 'nope']], 'unknown time zone nope'],
    ['date', [[LEAP, '+05:00']], 'unknown time zone +05:00'],
    ['date', ['x'], 'operand 1 must be either number (ns) or [number (ns), string (tz)] but got string'],
    ['clock', [[LEAP, 'Asia/Kolkata']], [17, 30, 0]],
    ['weekday', [[LEAP, 'Pacific/Auckland']], 'Sunday'],
    ['add_date', [big('1585852421593912000'), 3, 9, 12], 1705257221593912000n],
    ['add_date', [big('1580000000000000000'), 0, 1, 31], 1585356800000000000n],
    ['add_date', [0, 2262, 1, 1], 'time outside of valid range'],
    ['add_date', [0, 1e300, 1, 1], 'time outside of valid range'],
    ['add_date', [0, 1.5, 1, 1], 'operand 2 must be integer number but got floating-point number'],
    ['diff', [big('1585852421593912000'), LEAP], [0, 1, 2, 6, 33, 41]],
    [
      'diff',
      [
        [big('1585852421593912000'), 'America/New_York'],
        [LEAP, 'Europe/Paris'],
      ],
      [0, 1, 2, 7, 33, 41],
    ],
    ['format', [LEAP], '2020-02-29T12:00:00Z'],
    ['format', [-1], '1969-12-31T23:59:59.999999999Z'],
    ['format', [[FRACTION, 'America/New_York']], '2020-02-29T07:00:00.123456789-05:00'],
    ['format', [[FRACTION, 'America/New_York', 'RFC1123Z']], 'Sat, 29 Feb 2020 07:00:00 -0500'],
    [
      'format',
      [
        [
          FRACTION,
          'America/New_York',
          'Mon Jan _2 2006 03:04:05.000 PM MST -0700 Z07:00 002 __2 .999 ,000 2006-1-2 pm PM January Monday 06 15',
        ],
      ],
      'Sat Feb 29 2020 07:00:00.123 AM EST -0500 -05:00 060  60 .123 ,123 2020-2-29 am AM February Saturday 20 07',
    ],
    ['format', [[LEAP, '', 'Kitchen']], 'Kitchen'],
    ['format', [[LEAP, 'Asia/Kolkata', 'UnixDate']], 'Sat Feb 29 17:30:00 IST 2020'],
    ['format', [[LEAP, 'Europe/Paris', 'Mon, 02 Jan 2006 15:04:05 MST']], 'Sat, 29 Feb 2020 13:00:00 CET'],
    [
      'format',
      [[LEAP, 'America/Sao_Paulo', 'MST Z0700 Z07 -07 Z07:00:00 -07:00:00']],
      '-03 -0300 -03 -03 -03:00:00 -03:00:00',
    ],
  ])('%s %j', (name, args, wanted) => {
    const result = call(name, ...args);
    if (typeof wanted === 'string' && typeof result === 'string' && result.startsWith('eval_')) {
      expect(result.replace(/^eval_\w+: time\.\w+: /, '')).toBe(wanted);
    } else expect(result).toEqual(wanted);
  });
});
