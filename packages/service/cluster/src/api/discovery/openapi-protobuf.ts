import { kubernetesVersion } from '@sekisho/kube';
import type { Result } from '../call.ts';

/** What kubectl and Helm ask /openapi/v2 for when a kind is in no document of /openapi/v3. */
export const OPENAPI_PROTOBUF = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';

/** The same as a media type that parses. */
const MEDIA_TYPE = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/**
 * A valid Swagger document in protobuf without definitions: everything that is served is described in /openapi/v3, which
 * these clients read first, so that whoever asks here asks about a kind that does not exist.
 */
export function emptyOpenApiV2(): Result {
  const info = Buffer.concat([text(1, 'Kubernetes'), text(2, kubernetesVersion)]);
  return { kind: 'bytes', bytes: Buffer.concat([text(1, '2.0'), field(2, info)]), contentType: MEDIA_TYPE };
}

function text(number: number, value: string): Buffer {
  return field(number, Buffer.from(value));
}

/** Lengths here are below 128: one byte. */
function field(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
}
