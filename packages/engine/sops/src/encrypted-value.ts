import { createDecipheriv } from 'node:crypto';

/** `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]` */
export interface EncryptedValue {
  readonly data: Buffer;
  readonly iv: Buffer;
  readonly tag: Buffer;
  readonly type: string;
}

/** What a value was before it was encrypted. */
export interface PlainValue {
  /** As SOPS names it: str, int, float, bool, bytes, time, comment. */
  readonly type: string;
  /** Text in UTF-8 for all types but `bytes`. */
  readonly bytes: Buffer;
}

const VALUE = /^ENC\[AES256_GCM,data:([A-Za-z0-9+/=]*),iv:([A-Za-z0-9+/=]+),tag:([A-Za-z0-9+/=]+),type:([a-z]+)\]$/;
const TAG_BYTES = 16;

export function parseEncryptedValue(text: string): EncryptedValue | undefined {
  const match = VALUE.exec(text);
  if (match === null) return undefined;
  const [, data = '', iv = '', tag = '', type = ''] = match;
  return { data: Buffer.from(data, 'base64'), iv: Buffer.from(iv, 'base64'), tag: Buffer.from(tag, 'base64'), type };
}

/** Whether a text looks like a value that SOPS encrypted. */
export function isEncryptedText(text: string): boolean {
  return text.startsWith('ENC[AES256_GCM,') && VALUE.test(text);
}

/** @returns undefined when the key is another one, or the value was changed or moved */
export function decryptValue(value: EncryptedValue, key: Uint8Array, additionalData: string): PlainValue | undefined {
  // A shorter tag would be easier to forge.
  if (value.tag.length !== TAG_BYTES || value.iv.length === 0) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, value.iv, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(additionalData));
    decipher.setAuthTag(value.tag);
    return { type: value.type, bytes: Buffer.concat([decipher.update(value.data), decipher.final()]) };
  } catch {
    return undefined;
  }
}
