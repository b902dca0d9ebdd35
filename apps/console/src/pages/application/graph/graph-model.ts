import type { TreeNode } from '../../../api/types.ts';

/** What the graph draws: an object, many of one kind as one, or the application itself. */
export type GraphItem =
  | { readonly type: 'root'; readonly id: string; readonly parent?: undefined; readonly children: number }
  | {
      readonly type: 'object';
      readonly id: string;
      readonly parent: string;
      readonly node: TreeNode;
      /** Objects below it, all levels. */
      readonly children: number;
      readonly isFolded: boolean;
    }
  | {
      readonly type: 'group';
      readonly id: string;
      readonly parent: string;
      readonly kind: string;
      readonly nodes: readonly TreeNode[];
      /** How many in each health, worst first. */
      readonly health: readonly { readonly status: string; readonly count: number }[];
    };

export const ROOT = 'application';

/** More siblings of one kind than this are drawn as one. */
const GROUP_FROM = 6;

const HEALTH_RANK = ['Degraded', 'Missing', 'Progressing', 'Suspended', 'Unknown', 'Healthy'];

export interface Folding {
  /** Objects whose children are hidden. */
  readonly folded: ReadonlySet<string>;
  /** Groups that are drawn one by one. */
  readonly opened: ReadonlySet<string>;
}

/** Items in drawing order: a parent before its children, siblings by kind and name. */
export function graphItems(nodes: readonly TreeNode[], { folded, opened }: Folding): GraphItem[] {
  const known = new Set(nodes.map(({ uid }) => uid));
  const byParent = new Map<string, TreeNode[]>();
  for (const node of nodes) {
    const parent = node.parent !== undefined && known.has(node.parent) ? node.parent : ROOT;
    const siblings = byParent.get(parent);
    if (siblings === undefined) byParent.set(parent, [node]);
    else siblings.push(node);
  }
  const sizes = new Map<string, number>();
  const sizeOf = (uid: string): number => {
    let size = sizes.get(uid);
    if (size !== undefined) return size;
    // Set first: objects that own each other must not count for ever.
    sizes.set(uid, 0);
    size = (byParent.get(uid) ?? []).reduce((sum, child) => sum + 1 + sizeOf(child.uid), 0);
    sizes.set(uid, size);
    return size;
  };

  const items: GraphItem[] = [{ type: 'root', id: ROOT, children: nodes.length }];
  const seen = new Set<string>();
  const visit = (parent: string): void => {
    if (seen.has(parent)) return;
    seen.add(parent);
    for (const [kind, siblings] of byKind(byParent.get(parent) ?? [])) {
      const id = `${parent}//${kind}`;
      if (siblings.length >= GROUP_FROM && !opened.has(id)) {
        items.push({ type: 'group', id, parent, kind, nodes: siblings, health: countHealth(siblings) });
        continue;
      }
      for (const node of siblings) {
        const isFolded = folded.has(node.uid);
        items.push({ type: 'object', id: node.uid, parent, node, children: sizeOf(node.uid), isFolded });
        if (!isFolded) visit(node.uid);
      }
    }
  };
  visit(ROOT);
  return items;
}

/** What an operator looks for first stands at the top: things that run, then how they are reached, then settings. */
const KIND_ORDER = [
  'Application',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'Rollout',
  'ReplicaSet',
  'CronJob',
  'Job',
  'Pod',
  'Ingress',
  'Service',
];

function byKind(nodes: readonly TreeNode[]): [string, TreeNode[]][] {
  const kinds = new Map<string, TreeNode[]>();
  for (const node of nodes) {
    const siblings = kinds.get(node.kind);
    if (siblings === undefined) kinds.set(node.kind, [node]);
    else siblings.push(node);
  }
  const rank = (kind: string) => {
    const at = KIND_ORDER.indexOf(kind);
    return at < 0 ? KIND_ORDER.length : at;
  };
  for (const siblings of kinds.values()) siblings.sort((a, b) => (a.name < b.name ? -1 : 1));
  return [...kinds].sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

function countHealth(nodes: readonly TreeNode[]): { status: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { health } of nodes) {
    if (health !== undefined) counts.set(health.status, (counts.get(health.status) ?? 0) + 1);
  }
  return [...counts]
    .map(([status, count]) => ({ status, count }))
    .sort((a, b) => HEALTH_RANK.indexOf(a.status) - HEALTH_RANK.indexOf(b.status));
}

/** What a screen reader says. */
export function itemName(item: GraphItem, applicationName: string): string {
  switch (item.type) {
    case 'root':
      return `Application ${applicationName}, ${item.children} objects`;
    case 'group':
      return `${item.nodes.length} objects of kind ${item.kind}, ${item.health.map(({ status, count }) => `${count} ${status}`).join(', ') || 'no health'}, as one`;
    case 'object': {
      const { kind, name, namespace, health, sync } = item.node;
      const states = [health?.status, sync].filter((word) => word !== undefined).join(', ');
      const below = item.children === 0 ? '' : `, ${item.children} below it${item.isFolded ? ', folded' : ''}`;
      return `${kind} ${name}${namespace === '' ? '' : ` in ${namespace}`}${states === '' ? '' : `, ${states}`}${below}`;
    }
  }
}
