/** What the layout worker is asked. Sizes and positions are pixels. */
export interface LayoutRequest {
  readonly id: number;
  readonly nodes: readonly { readonly id: string; readonly width: number; readonly height: number }[];
  readonly edges: readonly (readonly [from: string, to: string])[];
}

export interface LayoutAnswer {
  readonly id: number;
  /** Top left corner of each node, in the order of the request. */
  readonly positions: readonly { readonly x: number; readonly y: number }[];
}
