import type { ConfigDocument } from '../document.ts';
import { ConfigFault, type ParseTask } from '../parse-task.ts';
import { splitFlags, splitPairs, splitWords, type Words } from './dockerfile-words.ts';
import { type Line, linesOf } from './lines.ts';

/** One instruction, in the shape that Conftest gives it. */
interface Command {
  Cmd: string;
  /** The instruction inside ONBUILD. */
  SubCmd: string;
  Flags: string[] | null;
  Value: string[] | null;
  /** Whether the arguments are a JSON list. */
  JSON: boolean;
  /** Number of the FROM it belongs to, from 0. */
  Stage: number;
}

type Shape = 'words' | 'text' | 'jsonOrText' | 'jsonOrWords' | 'pairs' | 'onbuild' | 'healthcheck';

const INSTRUCTIONS: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  ['add', 'jsonOrWords'],
  ['arg', 'words'],
  ['cmd', 'jsonOrText'],
  ['copy', 'jsonOrWords'],
  ['entrypoint', 'jsonOrText'],
  ['env', 'pairs'],
  ['expose', 'words'],
  ['from', 'words'],
  ['healthcheck', 'healthcheck'],
  ['label', 'pairs'],
  ['maintainer', 'text'],
  ['onbuild', 'onbuild'],
  ['run', 'jsonOrText'],
  ['shell', 'jsonOrText'],
  ['stopsignal', 'text'],
  ['user', 'text'],
  ['volume', 'jsonOrWords'],
  ['workdir', 'text'],
]);

/** These take the default of the image when they stand alone. */
const MAY_BE_EMPTY = new Set(['run', 'cmd', 'entrypoint']);

/** Instructions whose `<<NAME` begins a here-document. */
const WITH_HEREDOCS = new Set(['run', 'copy', 'add']);

/** A Dockerfile as BuildKit splits it: a list of one list of instructions. */
export function parseDockerfile(task: ParseTask): readonly ConfigDocument[] {
  const commands: Command[] = [];
  const reader = new DockerfileReader(task);
  let stage = -1;
  for (const { command, offset } of reader.commands()) {
    if (command.Cmd === 'from') stage++;
    command.Stage = Math.max(0, stage);
    task.push(commands, command, offset);
  }
  if (commands.length === 0 && !task.failed) throw new ConfigFault(0, 'the file holds no instructions');
  return [task.document([commands])];
}

class DockerfileReader {
  readonly #task: ParseTask;
  readonly #lines: readonly Line[];
  #next = 0;
  #escape = '\\';

  constructor(task: ParseTask) {
    this.#task = task;
    this.#lines = linesOf(task.text);
  }

  *commands(): Generator<{ command: Command; offset: number }> {
    this.#readDirectives();
    while (this.#next < this.#lines.length) {
      const line = this.#lines[this.#next++];
      if (line === undefined) return;
      const comment = /^\s*#(.*)$/.exec(line.text);
      const offset = line.start + line.text.search(/\S|$/);
      if (comment !== null) {
        yield { command: { ...EMPTY, Cmd: 'comment', Flags: null, Value: [(comment[1] ?? '').trim()] }, offset };
      } else if (line.text.trim() !== '') {
        try {
          yield { command: this.#instruction(this.#logicalLine(line.text.trimStart()), offset), offset };
        } catch (error) {
          if (!(error instanceof ConfigFault)) throw error;
          this.#task.report(error);
        }
      }
    }
  }

  /** `# name=value` lines at the very top speak to the builder: they are no comments. */
  #readDirectives(): void {
    for (; this.#next < this.#lines.length; this.#next++) {
      const match = /^#\s*(syntax|escape|check)\s*=\s*(.*?)\s*$/i.exec(this.#lines[this.#next]?.text ?? '');
      if (match === null) return;
      if (match[1]?.toLowerCase() === 'escape' && match[2] === '`') this.#escape = '`';
    }
  }

  /** Joins continued lines; comments and empty lines between them vanish. */
  #logicalLine(first: string): string {
    const continued = this.#escape === '`' ? /`[ \t]*$/ : /\\[ \t]*$/;
    let text = first;
    while (continued.test(text)) {
      text = text.replace(continued, '');
      let line = this.#lines[this.#next++];
      while (line !== undefined && /^\s*(?:#|$)/.test(line.text)) line = this.#lines[this.#next++];
      if (line === undefined) break;
      text += line.text;
    }
    return text.trimEnd();
  }

  #instruction(text: string, offset: number): Command {
    const { name, rest } = splitName(text);
    const shape = INSTRUCTIONS.get(name);
    if (shape === undefined)
      throw new ConfigFault(offset, `there is no instruction ${JSON.stringify(name.toUpperCase())}`);
    if (rest === '') {
      if (!MAY_BE_EMPTY.has(name)) throw new ConfigFault(offset, `${name.toUpperCase()} needs an argument`);
      return { ...EMPTY, Cmd: name, Flags: null, Value: null };
    }
    const { flags, rest: body } = splitFlags(rest, this.#escape);
    if (WITH_HEREDOCS.has(name)) this.#skipHeredocs(body, offset);
    const base: Command = { ...EMPTY, Cmd: name, Flags: flags };
    const command = { ...base, ...this.#words(shape, name, body, base, offset) };
    checkArguments(command, offset);
    return command;
  }

  #words(shape: Shape, name: string, body: string, base: Command, offset: number): Partial<Command> {
    switch (shape) {
      case 'words':
        return { Value: splitWords(body, this.#escape) };
      case 'text':
        return { Value: [body] };
      case 'jsonOrText':
        return plain(jsonWords(body, offset) ?? { words: [body] });
      case 'jsonOrWords':
        return plain(jsonWords(body, offset) ?? { words: body.split(/\s+/).filter((word) => word !== '') });
      case 'pairs': {
        const pairs = splitPairs(body, this.#escape);
        if (pairs === undefined) throw new ConfigFault(offset, `${name.toUpperCase()} needs two arguments`);
        return { Value: pairs };
      }
      case 'onbuild': {
        const inner = this.#instruction(body, offset);
        return { ...base, SubCmd: splitName(body).original, Value: inner.Value, JSON: inner.JSON };
      }
      case 'healthcheck': {
        const { original, rest } = splitName(body);
        const kind = original.toUpperCase();
        if (kind === 'NONE' && rest !== '') throw new ConfigFault(offset, 'HEALTHCHECK NONE takes no arguments');
        if (kind === 'NONE') return { Value: [kind] };
        if (kind !== 'CMD')
          throw new ConfigFault(offset, `HEALTHCHECK wants CMD or NONE, not ${JSON.stringify(original)}`);
        if (rest === '') throw new ConfigFault(offset, 'HEALTHCHECK CMD needs a command');
        const inner = jsonWords(rest, offset);
        return { Value: [kind, ...(inner?.words ?? [rest])], JSON: inner !== undefined };
      }
      default:
        return shape satisfies never;
    }
  }

  /** The lines up to the end mark of each `<<NAME` of an instruction belong to it. */
  #skipHeredocs(body: string, offset: number): void {
    for (const match of body.matchAll(/(?<![^\s\d])\d*<<(-?)(["']?)([A-Za-z_][\w.]*)\2(?!\S)/g)) {
      const mark = match[3];
      for (;;) {
        const line = this.#lines[this.#next++];
        if (line === undefined) throw new ConfigFault(offset, `the here-document "${mark}" is not closed`);
        if ((match[1] === '-' ? line.text.replace(/^\t+/, '') : line.text) === mark) break;
      }
    }
  }
}

/** What BuildKit counts before it builds anything. */
function checkArguments({ Cmd, SubCmd, Value, JSON: isJson }: Command, offset: number): void {
  const count = Value?.length ?? 0;
  if (Cmd === 'from' && count !== 1 && !(count === 3 && Value?.[1]?.toLowerCase() === 'as'))
    throw new ConfigFault(offset, 'FROM takes one argument, or three as in FROM image AS name');
  if ((Cmd === 'copy' || Cmd === 'add') && count < 2)
    throw new ConfigFault(offset, `${Cmd.toUpperCase()} needs at least two arguments: sources and a destination`);
  if (Cmd === 'shell' && !isJson) throw new ConfigFault(offset, 'the argument of SHELL is a JSON list');
  if (Cmd === 'onbuild' && /^(?:from|onbuild|maintainer)$/i.test(SubCmd))
    throw new ConfigFault(offset, `${SubCmd.toUpperCase()} is not allowed in ONBUILD`);
}

const EMPTY: Command = { Cmd: '', SubCmd: '', Flags: [], Value: [], JSON: false, Stage: 0 };

function splitName(text: string): { name: string; original: string; rest: string } {
  const end = text.search(/\s|$/);
  const original = text.slice(0, end);
  return { name: original.toLowerCase(), original, rest: text.slice(end).trim() };
}

function plain(words: Words): Partial<Command> {
  return { Value: words.words.length === 0 ? null : words.words, JSON: words.json === true };
}

/** The strings of a JSON list; undefined for anything that is none: that is then an ordinary command. */
function jsonWords(text: string, offset: number): Words | undefined {
  if (!text.startsWith('[')) return undefined;
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(list)) return undefined;
  if (!list.every((item) => typeof item === 'string'))
    throw new ConfigFault(offset, 'a JSON list of arguments holds strings only');
  return { words: list, json: true };
}
