/** Variables while a template is compiled: each gets a place in the array of its template's State. */
export class Scope {
  readonly #names: string[];
  /** Of each, whether Go knows it as interface {} only: elements of a range. */
  readonly #isElement: boolean[];
  /** Whether the dot is such an element. */
  dotIsElement = false;

  constructor() {
    this.#names = ['$'];
    this.#isElement = [false];
  }

  declare(name: string, isElement = false): number {
    this.#names.push(name);
    this.#isElement.push(isElement);
    return this.#names.length - 1;
  }

  find(name: string): number | undefined {
    const place = this.#names.lastIndexOf(name);
    return place === -1 ? undefined : place;
  }

  isElement(place: number): boolean {
    return this.#isElement[place] === true;
  }

  mark(): number {
    return this.#names.length;
  }

  release(mark: number): void {
    this.#names.length = mark;
    this.#isElement.length = mark;
  }
}
