import type { ConfigDocument } from '../document.ts';
import { ConfigFault, type ParseTask } from '../parse-task.ts';

interface Directive {
  name: string;
  parameters?: string[];
  block?: { directives: Directive[] };
}

const WORD = /(?:\$\{[^}\s]*\}|[^\s;{}"'\\#]|\\[\s\S]|(?<=[^\s;{}])[#"'])+/y;

/** nginx's configuration: {directives: [{name, parameters?, block?}]}; quoted parameters keep their quotes. */
export function parseNginx(task: ParseTask): readonly ConfigDocument[] {
  return [task.document(new NginxReader(task).block(0, undefined))];
}

class NginxReader {
  readonly #task: ParseTask;
  readonly #text: string;
  #at = 0;

  constructor(task: ParseTask) {
    this.#task = task;
    this.#text = task.text;
  }

  /** Directives up to the "}" of the block that begins at `open`, or to the end of the file. */
  block(depth: number, open: number | undefined): { directives: Directive[] } {
    this.#task.checkDepth(depth, this.#at);
    const directives: Directive[] = [];
    for (;;) {
      this.#skip();
      const char = this.#text[this.#at];
      const start = this.#at;
      if (char === undefined) {
        if (open !== undefined) throw new ConfigFault(open, 'the block is not closed with "}"');
        break;
      }
      if (char === '}') {
        this.#at++;
        if (open !== undefined) break;
        this.#task.report(new ConfigFault(start, 'there is no block to close here'));
        continue;
      }
      if (char === ';' || char === '{') {
        this.#task.report(new ConfigFault(start, `expected a directive, found "${char}"`));
        this.#at++;
        continue;
      }
      const directive = this.#directive(depth);
      this.#task.push(directives, directive, start);
      this.#task.positions.mark(directive, 'name', start);
    }
    const block = { directives };
    this.#task.positions.mark(block, 'directives', open ?? 0);
    return block;
  }

  #directive(depth: number): Directive {
    const start = this.#at;
    const directive: Directive = { name: this.#word() };
    const parameters: string[] = [];
    for (;;) {
      this.#skip();
      const offset = this.#at;
      const char = this.#text[offset];
      if (char === undefined || char === '}') {
        this.#task.report(new ConfigFault(start, `the directive "${directive.name}" is not ended with ";"`));
        break;
      }
      if (char === ';') {
        this.#at++;
        break;
      }
      if (char === '{') {
        this.#at++;
        directive.block = directive.name.endsWith('_by_lua_block') ? this.#lua(offset) : this.block(depth + 1, offset);
        this.#order(directive);
        this.#task.positions.mark(directive, 'block', offset);
        break;
      }
      this.#task.push(parameters, this.#word(), offset);
    }
    if (parameters.length > 0) {
      directive.parameters = parameters;
      this.#task.positions.mark(directive, 'parameters', this.#task.positions.offsetOf(parameters, 0) ?? start);
    }
    return directive;
  }

  /** Conftest shows the servers of `http` after everything else, and the settings of an upstream's server by name. */
  #order({ name, block }: Directive): void {
    if (block === undefined || (name !== 'http' && name !== 'upstream')) return;
    const { positions } = this.#task;
    const found = block.directives.map((directive, index) => ({
      directive,
      offset: positions.offsetOf(block.directives, index) ?? 0,
    }));
    const isServer = ({ directive }: { directive: Directive }) => directive.name === 'server';
    block.directives.length = 0;
    for (const { directive, offset } of [...found.filter((each) => !isServer(each)), ...found.filter(isServer)]) {
      if (name === 'upstream' && directive.name === 'server' && directive.parameters !== undefined)
        directive.parameters = upstreamServer(directive.parameters);
      this.#task.push(block.directives, directive, offset);
    }
  }

  /** Lua is not looked into; its braces are counted. */
  #lua(open: number): { directives: Directive[] } {
    for (let braces = 1; braces > 0; ) {
      const char = this.#text[this.#at++];
      if (char === undefined) throw new ConfigFault(open, 'the block is not closed with "}"');
      if (char === '{') braces++;
      else if (char === '}') braces--;
      else if (char === '"' || char === "'") {
        this.#at--;
        this.#quoted(char);
      }
    }
    return { directives: [] };
  }

  #word(): string {
    const char = this.#text[this.#at];
    if (char === '"' || char === "'") return this.#quoted(char);
    WORD.lastIndex = this.#at;
    const word = WORD.exec(this.#text)?.[0];
    if (word === undefined) throw new ConfigFault(this.#at, `unexpected ${JSON.stringify(char)}`);
    this.#at += word.length;
    return word;
  }

  #quoted(quote: string): string {
    const start = this.#at++;
    for (;;) {
      const char = this.#text[this.#at++];
      if (char === undefined) throw new ConfigFault(start, 'the quote is not closed');
      if (char === '\\') this.#at++;
      else if (char === quote) return this.#text.slice(start, this.#at);
    }
  }

  #skip(): void {
    const text = this.#text;
    for (;;) {
      const char = text[this.#at];
      if (char === undefined) return;
      if (/\s/.test(char)) this.#at++;
      else if (char === '#') {
        const end = text.indexOf('\n', this.#at);
        this.#at = end < 0 ? text.length : end;
      } else return;
    }
  }
}

function upstreamServer(parameters: readonly string[]): string[] {
  const [address = '', ...rest] = parameters;
  const isSetting = (parameter: string) => parameter.includes('=');
  return [address, ...rest.filter(isSetting).sort(), ...rest.filter((parameter) => !isSetting(parameter))];
}
