import type { ConfigDocument } from '../document.ts';
import type { ParseTask } from '../parse-task.ts';
import { CueEvaluator } from './evaluator.ts';
import { CueParser } from './parser.ts';

/**
 * CUE without packages: data, definitions, unification, defaults, references, interpolation, `if` and `for`. Imports,
 * functions, attributes and regular expressions are CONFIG_UNSUPPORTED.
 */
export function parseCue(task: ParseTask): readonly ConfigDocument[] {
  const root = new CueParser(task).file();
  return [task.document(new CueEvaluator(task).file(root))];
}
