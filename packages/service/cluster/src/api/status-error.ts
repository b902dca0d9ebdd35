import { type FieldError, formatFieldErrors, statusCauses } from '@sekisho/kube';

export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** The `v1 Status` object that carries an error, or the success of a deletion. */
export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: { readonly continue?: string };
  readonly status: 'Success' | 'Failure';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code?: number;
}

/** A refusal on its way to the client. Never leaves the package: the request path turns it into an answer. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly status: Status;

  constructor(code: number, reason: string, message: string, details?: StatusDetails, continueToken?: string) {
    super(message);
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: continueToken === undefined ? {} : { continue: continueToken },
      status: 'Failure',
      message,
      ...(reason === '' ? {} : { reason }),
      ...(details === undefined ? {} : { details }),
      code,
    };
  }
}

export interface ResourceName {
  readonly group: string;
  readonly resource: string;
}

/** `deployments.apps`, or `pods` for the core group. */
export function qualified({ group, resource }: ResourceName): string {
  return group === '' ? resource : `${resource}.${group}`;
}

function detailsOf(of: ResourceName, name: string, more: Partial<StatusDetails> = {}): StatusDetails {
  return { name, ...(of.group === '' ? {} : { group: of.group }), kind: of.resource, ...more };
}

export function notFound(of: ResourceName, name: string): StatusError {
  return new StatusError(404, 'NotFound', `${qualified(of)} "${name}" not found`, detailsOf(of, name));
}

export function alreadyExists(of: ResourceName, name: string): StatusError {
  return new StatusError(409, 'AlreadyExists', `${qualified(of)} "${name}" already exists`, detailsOf(of, name));
}

export function conflict(of: ResourceName, name: string, why?: string): StatusError {
  const cause = why ?? 'the object has been modified; please apply your changes to the latest version and try again';
  const message = `Operation cannot be fulfilled on ${qualified(of)} "${name}": ${cause}`;
  return new StatusError(409, 'Conflict', message, detailsOf(of, name));
}

export function forbidden(of: ResourceName, name: string, why: string, causes?: readonly StatusCause[]): StatusError {
  const subject = name === '' ? qualified(of) : `${qualified(of)} "${name}"`;
  const details = detailsOf(of, name, causes === undefined ? {} : { causes });
  return new StatusError(403, 'Forbidden', `${subject} is forbidden: ${why}`, details);
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', message);
}

export function unknownPath(): StatusError {
  return new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});
}

export function methodNotAllowed(): StatusError {
  const message = 'the server does not allow this method on the requested resource';
  return new StatusError(405, 'MethodNotAllowed', message, {});
}

export function unsupportedMediaType(accepted: readonly string[]): StatusError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`;
  return new StatusError(415, 'UnsupportedMediaType', message);
}

export function unauthorized(): StatusError {
  return new StatusError(401, 'Unauthorized', 'Unauthorized');
}

export function tooLarge(maxBytes: number): StatusError {
  return new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${maxBytes}`);
}

export function expired(message: string, continueToken?: string): StatusError {
  return new StatusError(410, 'Expired', message, undefined, continueToken);
}

export function internal(message: string): StatusError {
  return new StatusError(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] });
}

/** An error of the server's own that carries no reason, as upstream answers for some failures. */
export function unexplained(message: string): StatusError {
  return new StatusError(500, '', message);
}

/** 422: the object was understood but breaks rules; every broken rule is a cause. */
export function invalid(group: string, kind: string, name: string, errors: readonly FieldError[]): StatusError {
  return new StatusError(422, 'Invalid', formatFieldErrors(kind, group, name, errors), {
    name,
    ...(group === '' ? {} : { group }),
    kind,
    causes: statusCauses(errors),
  });
}
