import { SekishoError } from '@sekisho/base';
import type { Location } from '../syntax/location.ts';

export type EvaluationErrorCode =
  | 'eval_conflict_error'
  | 'eval_type_error'
  | 'eval_builtin_error'
  | 'eval_cancel_error'
  | 'eval_with_merge_error'
  | 'eval_budget_error';

/** Evaluation stopped without a result: thrown, as there is no value that could stand for it. */
export class RegoEvaluationError extends SekishoError {
  override readonly name = 'RegoEvaluationError';
  readonly location: Location | undefined;
  declare readonly code: EvaluationErrorCode;

  constructor(code: EvaluationErrorCode, message: string, location?: Location) {
    super(code, message);
    this.location = location;
  }
}
