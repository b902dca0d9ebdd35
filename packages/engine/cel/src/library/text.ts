import { CelFault } from '../runtime/fault.ts';

/** UTF-16 units: no text of an admission request comes near. */
const MAX_TEXT = 16 * 1024 * 1024;

/** Throws `CelFault` when a text would be too long; else undefined, so that `??` goes on. */
export function checkedText(length: number): undefined {
  if (length > MAX_TEXT) throw new CelFault(`a text would be longer than ${MAX_TEXT} characters`);
}

/** CEL counts characters of Unicode. */
export function countCharacters(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit >= 0xd800 && unit < 0xdc00) at++;
    count++;
  }
  return count;
}
