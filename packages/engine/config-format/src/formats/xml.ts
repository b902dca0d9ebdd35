import { SaxesParser } from 'saxes';
import type { ConfigDocument, Members } from '../document.ts';
import { memberOf } from '../document.ts';
import { ConfigFault, type ParseTask } from '../parse-task.ts';

interface Element {
  readonly name: string;
  readonly members: Members;
  readonly offset: number;
  content: string;
  hasMembers: boolean;
}

/**
 * XML as an object of its elements: an element without attributes and children is its text, others are objects with `-name`
 * for an attribute, `#content` for the last piece of text, an array where an element repeats. Prefixes are dropped.
 * Entities other than the five of XML are errors; nothing outside is ever read.
 */
export function parseXml(task: ParseTask): readonly ConfigDocument[] {
  const root: Element = { name: '', members: {}, offset: 0, content: '', hasMembers: false };
  const stack: Element[] = [root];
  const parser = new SaxesParser({ position: true });
  const top = () => stack.at(-1) ?? root;
  let tagStart = 0;

  parser.on('error', (error) => {
    const message = error.message.replace(/^(?:[^\s:]*:)?\d+:\d+: /, '').replace(/\.$/, '');
    if (!task.failed || task.diagnostics.length < 5) task.report(new ConfigFault(parser.position, message));
  });
  parser.on('opentagstart', (tag) => {
    tagStart = Math.max(0, task.text.lastIndexOf('<', parser.position - tag.name.length));
  });
  parser.on('opentag', (tag) => {
    task.checkDepth(stack.length, tagStart);
    const element: Element = {
      name: localName(tag.name),
      members: {},
      offset: tagStart,
      content: '',
      hasMembers: false,
    };
    for (const [name, value] of Object.entries(tag.attributes as Record<string, string>)) {
      add(task, element, `-${localName(name)}`, value, tagStart);
    }
    stack.push(element);
  });
  const text = (chunk: string) => {
    top().content = chunk.trim();
  };
  parser.on('text', text);
  parser.on('cdata', text);
  parser.on('closetag', () => {
    const element = stack.pop();
    if (element === undefined || element === root) return;
    if (element.hasMembers && element.content !== '')
      task.set(element.members, '#content', element.content, element.offset);
    add(task, top(), element.name, element.hasMembers ? element.members : element.content, element.offset);
  });

  parser.write(task.text).close();
  return [task.document(root.members)];
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

/** A second element of a name turns the member into an array. */
function add(task: ParseTask, parent: Element, name: string, value: unknown, offset: number): void {
  parent.hasMembers = true;
  const { members } = parent;
  if (!Object.hasOwn(members, name)) {
    task.set(members, name, value, offset);
    return;
  }
  const known = memberOf(members, name);
  if (Array.isArray(known)) {
    task.push(known, value, offset);
    return;
  }
  const items: unknown[] = [];
  const first = task.positions.offsetOf(members, name) ?? offset;
  task.push(items, known, first);
  task.push(items, value, offset);
  task.set(members, name, items, first);
}
