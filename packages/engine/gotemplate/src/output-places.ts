import { type AnyNode, type Position, positionOf } from './node.ts';

/** Parts of an output that are remembered; those of a longer one count for the part before them. */
const MAX_PARTS = 200_000;

/** Which part of a template gave which part of its output. */
export class OutputPlaces {
  readonly #starts: number[] = [];
  readonly #nodes: AnyNode[] = [];

  /** What is written from `start` on comes from `node`; starts never go back. */
  add(start: number, node: AnyNode): void {
    if (this.#starts.length >= MAX_PARTS) return;
    this.#starts.push(start);
    this.#nodes.push(node);
  }

  /**
   * Where the character at `offset` of the output comes from: its own place in the template's text, or the action that
   * wrote it. Undefined when the template wrote nothing.
   */
  at(offset: number): Position | undefined {
    const index = this.#last(offset);
    const [node, start] = [this.#nodes[index], this.#starts[index]];
    if (node === undefined || start === undefined) return undefined;
    if (node.type !== 'text') return positionOf(node);
    return positionOf({ source: node.source, at: node.at + Math.min(offset - start, node.text.length) });
  }

  /** The last part that starts at `offset` or before. */
  #last(offset: number): number {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
