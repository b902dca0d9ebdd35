import type { Shape } from './call.ts';
import { StatusError } from './status-error.ts';

/** What the client wants to read, decided from its Accept header. */
export interface Negotiated {
  readonly shape: Shape;
  /** Version of the aggregated discovery document, when that is what is wanted. */
  readonly discovery: 'v2' | 'v2beta1' | undefined;
}

const PLAIN: Negotiated = { shape: 'object', discovery: undefined };

/**
 * Picks the first media range that can be served. Only JSON is served: clients that prefer protobuf name JSON second.
 * @throws StatusError 406 when nothing fits
 */
export function negotiate(accept: string | undefined): Negotiated {
  if (accept === undefined || accept === '' || accept === 'application/json' || accept === '*/*') return PLAIN;
  for (const range of accept.split(',')) {
    const [type, ...parameters] = range.split(';').map((part) => part.trim());
    if (type !== 'application/json' && type !== '*/*' && type !== 'application/*') continue;
    const wanted = new Map<string, string>();
    for (const parameter of parameters) {
      const equals = parameter.indexOf('=');
      if (equals > 0) wanted.set(parameter.slice(0, equals), parameter.slice(equals + 1));
    }
    const as = wanted.get('as');
    const version = wanted.get('v');
    switch (as) {
      case undefined:
        return PLAIN;
      case 'Table':
        if (version === 'v1' || version === 'v1beta1') return { shape: 'table', discovery: undefined };
        break;
      case 'PartialObjectMetadata':
      case 'PartialObjectMetadataList':
        if (version === 'v1' || version === 'v1beta1') return { shape: 'partial', discovery: undefined };
        break;
      case 'APIGroupDiscoveryList':
        if (version === 'v2' || version === 'v2beta1') return { shape: 'object', discovery: version };
        break;
      default:
        break;
    }
  }
  throw new StatusError(406, 'NotAcceptable', 'only the following media types are accepted: application/json');
}
