/**
 * Indexes to look at, pass by pass: in a pass they come in ascending order, and one that is added goes into the running pass
 * if that hasn't come past it, else into the next.
 */
export class ReadyQueue {
  #heap: number[] = [];
  #nextPass: number[] = [];
  #position = -1;
  readonly #queued: Uint8Array;

  /** Begins with 0 … `count` - 1. */
  constructor(count: number) {
    this.#queued = new Uint8Array(count).fill(1);
    for (let index = 0; index < count; index++) this.#heap.push(index);
  }

  add(index: number): void {
    if (this.#queued[index] === 1) return;
    this.#queued[index] = 1;
    if (index > this.#position) push(this.#heap, index);
    else this.#nextPass.push(index);
  }

  next(): number | undefined {
    if (this.#heap.length === 0) {
      // A sorted list is a heap.
      this.#heap = this.#nextPass.sort((a, b) => a - b);
      this.#nextPass = [];
      this.#position = -1;
    }
    const index = pop(this.#heap);
    if (index === undefined) return undefined;
    this.#position = index;
    this.#queued[index] = 0;
    return index;
  }
}

function push(heap: number[], value: number): void {
  let at = heap.push(value) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent] as number;
    if (above <= value) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = value;
}

function pop(heap: number[]): number | undefined {
  const top = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return top;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && (heap[child + 1] as number) < (heap[child] as number)) child++;
    const below = heap[child] as number;
    if (below >= last) break;
    heap[at] = below;
    at = child;
  }
  heap[at] = last;
  return top;
}
