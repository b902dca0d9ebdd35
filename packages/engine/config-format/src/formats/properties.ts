import { Pair, parseLines } from 'dot-properties';
import type { ConfigDocument, Members } from '../document.ts';
import { ConfigFault, type ParseTask } from '../parse-task.ts';

/** `\u` that no code follows. */
const BAD_CODE = /(?<!\\)(?:\\\\)*(\\u)(?![0-9a-fA-F]{4})/g;

/** Java's `.properties`: one flat object of strings; `${…}` stays as it is. */
export function parseProperties(task: ParseTask): readonly ConfigDocument[] {
  const members: Members = {};
  for (const line of parseLines(task.text, true)) {
    if (!(line instanceof Pair)) continue;
    const [start = 0, , , end = start] = line.range ?? [];
    for (const match of task.text.slice(start, end).matchAll(BAD_CODE)) {
      const offset = start + match.index + match[0].length - 2;
      task.report(new ConfigFault(offset, '"\\u" wants four hexadecimal digits'));
    }
    if (line.key === '') task.report(new ConfigFault(start, 'the line has no key'));
    else task.set(members, line.key, line.value, start);
  }
  return [task.document(members)];
}
