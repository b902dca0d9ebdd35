import { ARITHMETIC } from './arithmetic.ts';
import { CONVERSIONS } from './conversions.ts';
import { ENCODERS } from './encoders.ts';
import { FunctionTable, type Overload } from './function.ts';
import { LISTS } from './lists.ts';
import { MATH } from './math.ts';
import { NETWORK } from './network.ts';
import { OPTIONALS } from './optionals.ts';
import { REGEX } from './regex.ts';
import { STANDARD } from './standard.ts';
import { STRINGS } from './strings.ts';
import { TIME } from './time.ts';

const ALL = [STANDARD, ARITHMETIC, CONVERSIONS, TIME, STRINGS, MATH, ENCODERS, OPTIONALS, LISTS, NETWORK, REGEX];
const LIBRARY = new FunctionTable(ALL.flat());

/** Everything that expressions may call, with functions of the caller. */
export function functionTable(more: readonly Overload[] = []): FunctionTable {
  return more.length === 0 ? LIBRARY : new FunctionTable([...ALL.flat(), ...more]);
}
