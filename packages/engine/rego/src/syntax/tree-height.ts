/**
 * Whether nodes (objects with a `kind`, rules, expressions) stand more than `limit` deep inside each other. Chains like
 * `a + b + c` make deep trees without deep text. Walks with a list of its own, so it can't overflow the stack.
 */
export function isDeeperThan(root: object, limit: number): boolean {
  const pending: { node: object; depth: number }[] = [{ node: root, depth: 0 }];
  for (let top = pending.pop(); top !== undefined; top = pending.pop()) {
    const { node, depth } = top;
    if (depth > limit) return true;
    const inner = Array.isArray(node) ? depth : depth + 1;
    for (const [key, value] of Object.entries(node))
      if (typeof value === 'object' && value !== null && key !== 'location')
        pending.push({ node: value, depth: inner });
  }
  return false;
}
