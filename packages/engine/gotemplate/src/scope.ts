/** Variables while a template is compiled: each gets a place in the array of its template's State. */
export class Scope {
  readonly #names: string[];
  /** Of the elements of a range the place of what it goes over: Go knows them as what that holds, often interface {}. */
  readonly #containers: (number | undefined)[];
  /** The same for the dot. */
  dotOf: number | undefined = undefined;

  constructor() {
    this.#names = ['$'];
    this.#containers = [undefined];
  }

  declare(name: string, container?: number): number {
    this.#names.push(name);
    this.#containers.push(container);
    return this.#names.length - 1;
  }

  find(name: string): number | undefined {
    const place = this.#names.lastIndexOf(name);
    return place === -1 ? undefined : place;
  }

  containerOf(place: number): number | undefined {
    return this.#containers[place];
  }

  mark(): number {
    return this.#names.length;
  }

  release(mark: number): void {
    this.#names.length = mark;
    this.#containers.length = mark;
  }
}
