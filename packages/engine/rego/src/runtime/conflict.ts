import type { Location } from '../syntax/location.ts';
import { RegoEvaluationError } from './error.ts';

/** A rule or function that gave two values at once. */
export function conflict(isFunction: boolean, location: Location): never {
  const message = isFunction
    ? 'functions must not produce multiple outputs for same inputs'
    : 'complete rules must not produce multiple outputs';
  throw new RegoEvaluationError('eval_conflict_error', message, location);
}
