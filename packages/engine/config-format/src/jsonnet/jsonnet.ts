import type { ConfigDocument } from '../document.ts';
import type { ParseTask } from '../parse-task.ts';
import { JsonnetEvaluator } from './evaluator.ts';

/** Jsonnet, evaluated. Imports go through the option `readImport`; there are no external variables and native functions. */
export function parseJsonnet(task: ParseTask): readonly ConfigDocument[] {
  return [task.document(new JsonnetEvaluator(task).run())];
}
