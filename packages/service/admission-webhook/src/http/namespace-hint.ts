/** API servers write what a request is about before the object, which is what is long. */
const HEAD_BYTES = 2_048;
const NAMESPACE = /"namespace"\s*:\s*"([a-z0-9-]{1,63})"/;

/** The namespace that an AdmissionReview is about, as far as it can be seen without parsing; nothing may depend on it. */
export function namespaceHint(body: Uint8Array): string | undefined {
  const head = Buffer.from(body.buffer, body.byteOffset, Math.min(body.byteLength, HEAD_BYTES)).toString('latin1');
  const object = head.indexOf('"object"');
  return NAMESPACE.exec(object < 0 ? head : head.slice(0, object))?.[1];
}
