import { createScanner, type JSONScanner, type SyntaxKind } from 'jsonc-parser';
import type { ConfigPath } from '../document.ts';

/** Values of `SyntaxKind`, a `const enum` that only exists in the library's types. */
const Token = { openBrace: 1, closeBrace: 2, openBracket: 3, closeBracket: 4, comma: 5, string: 10, end: 17 } as const;

/** Offsets of an array's items, or of an object's keys and their values. */
type Inside = readonly number[] | ReadonlyMap<string, { readonly key: number; readonly value: number }>;

/** Where the parts of a valid JSON or JSONC text stand. Only the objects and arrays on the way to what is asked for are gone through. */
export class JsonPositions {
  readonly #scanner: JSONScanner;
  /** By the offset of the object or array. */
  readonly #inside = new Map<number, Inside | undefined>();

  constructor(text: string) {
    this.#scanner = createScanner(text, true);
  }

  /** The offset of an item, or of a member's key; undefined when there is no such path. */
  find(path: ConfigPath): number | undefined {
    this.#scanner.setPosition(0);
    this.#scanner.scan();
    let value = this.#scanner.getTokenOffset();
    let place = value;
    for (const key of path) {
      const inside = this.#insideOf(value);
      if (inside instanceof Map) {
        const member = inside.get(String(key));
        if (member === undefined) return undefined;
        place = member.key;
        value = member.value;
      } else {
        const item = (inside as readonly number[] | undefined)?.[Number(key)];
        if (item === undefined) return undefined;
        place = item;
        value = item;
      }
    }
    return place;
  }

  #insideOf(offset: number): Inside | undefined {
    if (this.#inside.has(offset)) return this.#inside.get(offset);
    this.#scanner.setPosition(offset);
    const token = this.#scanner.scan();
    const inside =
      token === Token.openBrace ? this.#members() : token === Token.openBracket ? this.#items() : undefined;
    this.#inside.set(offset, inside);
    return inside;
  }

  #members(): Inside {
    const scanner = this.#scanner;
    const members = new Map<string, { key: number; value: number }>();
    for (let token = scanner.scan(); token === Token.string; token = this.#afterComma()) {
      const name = scanner.getTokenValue();
      const key = scanner.getTokenOffset();
      scanner.scan();
      const first = scanner.scan();
      members.set(name, { key, value: scanner.getTokenOffset() });
      this.#skip(first);
    }
    return members;
  }

  #items(): Inside {
    const items: number[] = [];
    for (let token = this.#scanner.scan(); !isEnd(token); token = this.#afterComma()) {
      items.push(this.#scanner.getTokenOffset());
      this.#skip(token);
    }
    return items;
  }

  #afterComma(): SyntaxKind {
    const token = this.#scanner.scan();
    return token === Token.comma ? this.#scanner.scan() : token;
  }

  /** To the end of the value that begins with `first`. */
  #skip(first: SyntaxKind): void {
    let token = first;
    for (let depth = 0; token !== Token.end; token = this.#scanner.scan()) {
      if (token === Token.openBrace || token === Token.openBracket) depth++;
      else if (isEnd(token)) depth--;
      if (depth === 0) return;
    }
  }
}

function isEnd(token: SyntaxKind): boolean {
  return token === Token.closeBrace || token === Token.closeBracket || token === Token.end;
}
