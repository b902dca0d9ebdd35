/** Bytes of a text in UTF-8, and back; what is no UTF-8 becomes U+FFFD as Go prints it. */
export function textOfBytes(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

export function bytesOfText(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
