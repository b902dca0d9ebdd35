import { ARITHMETIC } from './arithmetic.ts';
import { AUTHORIZER } from './authorizer.ts';
import { CONVERSIONS } from './conversions.ts';
import { ENCODERS } from './encoders.ts';
import { FunctionTable, type Overload } from './function.ts';
import { LISTS } from './lists.ts';
import { MATH } from './math.ts';
import { FORMAT } from './named-format.ts';
import { NETWORK } from './network.ts';
import { OPTIONALS } from './optionals.ts';
import { QUANTITY } from './quantity.ts';
import { REGEX } from './regex.ts';
import { SEMVER } from './semver.ts';
import { STANDARD } from './standard.ts';
import { STRINGS } from './strings.ts';
import { TIME } from './time.ts';
import { URLS } from './url.ts';

const LANGUAGE = [STANDARD, ARITHMETIC, CONVERSIONS, TIME, STRINGS, MATH, ENCODERS, OPTIONALS, LISTS];
const KUBERNETES = [NETWORK, REGEX, URLS, QUANTITY, SEMVER, FORMAT, AUTHORIZER];
const ALL = [...LANGUAGE, ...KUBERNETES].flat();
const LIBRARY = new FunctionTable(ALL);

/** Everything that expressions may call, with functions of the caller. */
export function functionTable(more: readonly Overload[] = []): FunctionTable {
  return more.length === 0 ? LIBRARY : new FunctionTable([...ALL, ...more]);
}
