import type { TemplateFunction } from '@sekisho/gotemplate';

/** What functions get from outside: they read neither clock nor environment nor network. */
export interface FunctionContext {
  /** The time of the render, in nanoseconds since 1970. */
  readonly now: () => bigint;
  /** The next bytes of a generator; the same render draws the same bytes. Whoever knows its seed knows the keys that a render makes. */
  readonly random: (count: number) => Uint8Array;
  /** Called before an RSA key is looked for, which takes a good part of a second; what it throws ends the function. */
  readonly beforeKey?: () => void;
  /** Executes a named template: `include NAME DATA`. Absent: the function is not there. */
  readonly include?: TemplateFunction;
  /** Executes a text as a template: `tpl TEXT DATA`. */
  readonly tpl?: TemplateFunction;
  /** `lookup APIVERSION KIND NAMESPACE NAME`; absent: an empty map, as `helm template` gives. */
  readonly lookup?: TemplateFunction;
  /** `helm lint`: `required` and `fail` give '' instead of ending the render. Default false. */
  readonly isLint?: boolean;
}
