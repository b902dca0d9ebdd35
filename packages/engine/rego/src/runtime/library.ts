/** What generated code calls. */

export { compareValues as compare } from '../value/compare.ts';
export { equalValues as equal } from '../value/equals.ts';
export { isNumber } from '../value/kind.ts';
export { RegoObject, RegoSet } from '../value/value.ts';
export {
  get,
  getBase,
  getOther,
  isCollection,
  isMember,
  keysOf,
  memberAt,
  objectOf,
  setOf,
  sizeOfObject,
  valuesOf,
} from './access.ts';
export { conflict } from './conflict.ts';
export {
  add,
  baseAt,
  builtinReplacement,
  callReplacement,
  childOf,
  isHidden,
  push,
  Replacement,
  replaceData,
  replaceFunction,
  replaceInput,
  replacementOf,
  UNDEFINED,
} from './context.ts';
export { cursorAt, cursorGet, cursorKeys, cursorValue, document } from './document.ts';
export { remember } from './memory.ts';
export { addAt, insert, insertAll, insertAt, newLevel } from './partial-object.ts';
