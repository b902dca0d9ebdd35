/** What Go's decoder says of a text that is no JSON. */
export function jsonFault(text: string): string {
  try {
    const scanner = new Scanner(text);
    scanner.value();
    scanner.end();
    return 'exceeded max depth';
  } catch (error) {
    if (error instanceof ScanFault) return error.message;
    throw error;
  }
}

class ScanFault extends Error {}

const MAX_DEPTH = 1_000;

class Scanner {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  #space(): void {
    while (/[ \t\r\n]/.test(this.#text.charAt(this.#at))) this.#at++;
  }

  #fault(context: string): ScanFault {
    const point = this.#text.codePointAt(this.#at);
    if (point === undefined) return new ScanFault('unexpected end of JSON input');
    const char = String.fromCodePoint(point);
    const quoted = char === "'" ? `'\\''` : char === '"' ? `'"'` : `'${JSON.stringify(char).slice(1, -1)}'`;
    return new ScanFault(`invalid character ${quoted} ${context}`);
  }

  #take(char: string, context: string): void {
    if (this.#text.charAt(this.#at) !== char) throw this.#fault(context);
    this.#at++;
  }

  end(): void {
    this.#space();
    if (this.#at < this.#text.length) throw this.#fault('after top-level value');
  }

  value(): void {
    if (++this.#depth > MAX_DEPTH) throw new ScanFault('exceeded max depth');
    this.#space();
    const char = this.#text.charAt(this.#at);
    if (char === '{') this.#object();
    else if (char === '[') this.#array();
    else if (char === '"') this.#string();
    else if (/[-\d]/.test(char)) this.#number();
    else this.#word();
    this.#depth--;
  }

  #object(): void {
    this.#at++;
    this.#space();
    if (this.#text.charAt(this.#at) === '}') {
      this.#at++;
      return;
    }
    for (;;) {
      this.#space();
      if (this.#text.charAt(this.#at) !== '"') throw this.#fault('looking for beginning of object key string');
      this.#string();
      this.#space();
      this.#take(':', 'after object key');
      this.value();
      this.#space();
      if (this.#text.charAt(this.#at) !== ',') break;
      this.#at++;
    }
    this.#take('}', 'after object key:value pair');
  }

  #array(): void {
    this.#at++;
    this.#space();
    if (this.#text.charAt(this.#at) === ']') {
      this.#at++;
      return;
    }
    for (;;) {
      this.value();
      this.#space();
      if (this.#text.charAt(this.#at) !== ',') break;
      this.#at++;
    }
    this.#take(']', 'after array element');
  }

  #string(): void {
    this.#at++;
    for (; this.#text.charAt(this.#at) !== '"'; this.#at++) {
      if (this.#text.charCodeAt(this.#at) < 0x20 || this.#at >= this.#text.length)
        throw this.#fault('in string literal');
      if (this.#text.charAt(this.#at) !== '\\') continue;
      this.#at++;
      if (!/["\\/bfnrtu]/.test(this.#text.charAt(this.#at))) throw this.#fault('in string escape code');
      if (this.#text.charAt(this.#at) !== 'u') continue;
      for (let count = 0; count < 4; count++) {
        this.#at++;
        if (!/[\da-fA-F]/.test(this.#text.charAt(this.#at))) throw this.#fault('in \\u hexadecimal character escape');
      }
    }
    this.#at++;
  }

  #digits(context: string): void {
    if (!/\d/.test(this.#text.charAt(this.#at))) throw this.#fault(context);
    while (/\d/.test(this.#text.charAt(this.#at))) this.#at++;
  }

  #number(): void {
    if (this.#text.charAt(this.#at) === '-') this.#at++;
    if (this.#text.charAt(this.#at) === '0') this.#at++;
    else this.#digits('in numeric literal');
    if (this.#text.charAt(this.#at) === '.') {
      this.#at++;
      this.#digits('after decimal point in numeric literal');
    }
    if (!/[eE]/.test(this.#text.charAt(this.#at))) return;
    this.#at++;
    if (/[-+]/.test(this.#text.charAt(this.#at))) this.#at++;
    this.#digits('in exponent of numeric literal');
  }

  #word(): void {
    const word = ['true', 'false', 'null'].find((name) => name.charAt(0) === this.#text.charAt(this.#at));
    if (word === undefined) throw this.#fault('looking for beginning of value');
    for (const char of word) this.#take(char, `in literal ${word} (expecting '${char}')`);
  }
}
