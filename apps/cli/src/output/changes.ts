/** One field that differs: absent `from` is an addition, absent `to` a removal. */
export interface FieldChange {
  readonly path: string;
  readonly from?: unknown;
  readonly to?: unknown;
}

/** Field by field: what is (`-`) and what will be (`+`). */
export function formatChanges(changes: readonly FieldChange[]): string {
  return changes
    .map(({ path, from, to }) => {
      const lines = [`  ${path}`];
      if (from !== undefined) lines.push(`    - ${inline(from)}`);
      if (to !== undefined) lines.push(`    + ${inline(to)}`);
      return lines.join('\n');
    })
    .join('\n');
}

function inline(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
