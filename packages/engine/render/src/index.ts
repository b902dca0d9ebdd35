export type { FileTree, TreeEntry } from './file-tree.ts';
