export type { OpenKey, Refusal } from './data-key.ts';
export {
  type DecryptedFile,
  type DecryptOptions,
  decryptFile,
  isEncryptedFile,
} from './decrypt-file.ts';
export { isEncryptedText } from './encrypted-value.ts';
export type { MasterKey } from './master-key.ts';
