export type { FileTree, TreeEntry } from './file-tree.ts';
export type { RenderLimits } from './limits.ts';
export { type ManifestFile, type ManifestFileOptions, parseManifestFile } from './manifest-file.ts';
export { type MemoryFile, memoryTree } from './memory-tree.ts';
export { normalisePath } from './path.ts';
export {
  type RenderOptions,
  type RenderResult,
  render,
  renderKey,
  type SourceSurvey,
  surveySource,
} from './render.ts';
export type { DirectoryOptions } from './walk.ts';
