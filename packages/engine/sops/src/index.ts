export type { OpenKey, Refusal } from './data-key.ts';
export {
  type DecryptedFile,
  type DecryptOptions,
  decryptFile,
  isEncryptedFile,
  MAX_SOPS_BYTES,
} from './decrypt-file.ts';
export { isEncryptedText } from './encrypted-value.ts';
export { formatOf, type SopsFormat } from './format/file-format.ts';
export { describeMasterKey, type MasterKey } from './master-key.ts';
