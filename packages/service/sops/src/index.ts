export { type DecryptingTree, type DecryptingTreeOptions, decryptingTree } from './decrypting-tree.ts';
export { keysOfSecret } from './key-secret.ts';
export { createInstallationSopsKeys, createLocalSopsKeys } from './local-keys.ts';
export type { LoadModule } from './optional-module.ts';
export { createSopsKeys, type SopsKeyMaterial, type SopsKeys } from './sops-keys.ts';
