import type { ConfigDocument } from '../document.ts';
import { ConfigFault, type ParseTask } from '../parse-task.ts';

export function parseJsonnet(_task: ParseTask): readonly ConfigDocument[] {
  throw new ConfigFault(0, 'this format is not read yet', 'CONFIG_UNSUPPORTED');
}
