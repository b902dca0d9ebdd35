/** Where something stands in a module. `row` and `col` start at 1 (`col` in code points), `offset` at 0 (UTF-16 units). */
export interface Location {
  readonly file: string;
  readonly row: number;
  readonly col: number;
  readonly offset: number;
  /** Offset after the last character. */
  readonly end: number;
}
