import type { ConfigDocument, Members } from '../document.ts';
import { isMembers, memberOf } from '../document.ts';
import { ConfigFault, type ParseTask } from '../parse-task.ts';

const TOKEN = /"[^"\n]*"|\d+(?:\.\d+)?[A-Za-z%]*|\.?[A-Za-z_][\w.:-]*|[=!<>&|~+*/-]+|[{}():;,]/y;
const BLANK = /(?:\s|#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;

interface Token {
  readonly text: string;
  readonly offset: number;
}

/**
 * Varnish's VCL: {backend: {name: {field: value}}, acl: {name: [entries]}, sub: {name: {variable: value} or []}, …}. Of a
 * subroutine only what it sets outside of conditions is there, as in Conftest.
 */
export function parseVcl(task: ParseTask): readonly ConfigDocument[] {
  return [task.document(new VclReader(task).file())];
}

class VclReader {
  readonly #task: ParseTask;
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(task: ParseTask) {
    this.#task = task;
    this.#tokens = tokensOf(task.text);
  }

  file(): Members {
    const root: Members = {};
    for (;;) {
      const token = this.#tokens[this.#next];
      if (token === undefined) return root;
      this.#declaration(root, token);
    }
  }

  #declaration(root: Members, type: Token): void {
    const head: Token[] = [];
    for (;;) {
      const token = this.#take(type);
      if (token.text === ';') {
        if (head[1]?.text === '=') this.#task.set(root, type.text, this.#value(head.slice(2)), type.offset);
        return;
      }
      if (token.text === '{') break;
      if (token.text === '}') throw new ConfigFault(token.offset, 'there is no block to close here');
      head.push(token);
    }
    const names = head.slice(1);
    let target = root;
    for (const [index, label] of [type, ...names.slice(0, -1)].entries()) {
      const known = memberOf(target, label.text);
      const inner: Members = isMembers(known) ? known : {};
      if (known !== inner) this.#task.set(target, label.text, inner, index === 0 ? type.offset : label.offset);
      target = inner;
    }
    const name = names.at(-1) ?? type;
    this.#task.set(target, name.text, this.#body(type.text, name, 1), type.offset);
  }

  /** What stands between the braces: its assignments, or else the list of its texts and numbers. */
  #body(type: string, open: Token, depth: number): unknown {
    this.#task.checkDepth(depth, open.offset);
    const members: Members = {};
    const entries: unknown[] = [];
    let statement: Token[] = [];
    const end = () => {
      const [first, second, third] = statement;
      if (first !== undefined && second?.text === '=') {
        this.#task.set(members, first.text.replace(/^\./, ''), this.#value(statement.slice(2)), first.offset);
      } else if (first?.text === 'set' && third?.text === '=' && second !== undefined) {
        this.#task.set(members, second.text, this.#value(statement.slice(3)), second.offset);
      } else if (type === 'acl' && first !== undefined) {
        this.#task.push(entries, aclEntry(statement), first.offset);
      }
      statement = [];
    };
    for (;;) {
      const token = this.#take(open);
      if (token.text === '}') break;
      if (token.text === ';' || token.text === ',') end();
      else if (token.text === '{') {
        const [first, second] = statement;
        const inner = this.#body('', token, depth + 1);
        if (first?.text.startsWith('.') && second?.text === '=')
          this.#task.set(members, first.text, inner, first.offset);
        statement = [];
      } else statement.push(token);
      // A table separates its members with line ends or commas.
      if (type === 'table' && statement.length === 3) {
        const [key, , value] = statement;
        if (key !== undefined && value !== undefined)
          this.#task.set(members, unquoted(key.text), this.#value([value]), key.offset);
        statement = [];
      }
    }
    end();
    return Object.keys(members).length > 0 || (type !== 'acl' && type !== 'sub') ? members : entries;
  }

  #value(tokens: readonly Token[]): unknown {
    const [first] = tokens;
    if (first === undefined) return '';
    if (tokens.length > 1 && !tokens.every((token) => token.text.startsWith('"'))) {
      const last = tokens.at(-1) ?? first;
      return this.#task.text.slice(first.offset, last.offset + last.text.length);
    }
    const { text } = first;
    if (text.startsWith('"') || text.startsWith('{"')) return tokens.map((token) => unquoted(token.text)).join('');
    if (text === 'true' || text === 'false') return text === 'true';
    const number = /^(\d+(?:\.\d+)?)s?$/.exec(text);
    return number === null ? text : Number(number[1]);
  }

  #take(open: Token): Token {
    const token = this.#tokens[this.#next++];
    if (token === undefined) throw new ConfigFault(open.offset, `"${open.text}" is not closed`);
    return token;
  }
}

function aclEntry(statement: readonly Token[]): string {
  const texts = statement.map((token) => token.text);
  return texts.length === 1 ? unquoted(texts[0] ?? '') : texts.join('');
}

function unquoted(text: string): string {
  if (text.startsWith('{"')) return text.slice(2, -2);
  return text.startsWith('"') ? text.slice(1, -1) : text;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const lastClose = text.lastIndexOf('"}') - 1;
  for (let at = 0; ; ) {
    BLANK.lastIndex = at;
    at += BLANK.exec(text)?.[0].length ?? 0;
    if (at >= text.length) return tokens;
    TOKEN.lastIndex = at;
    const long =
      text.startsWith('{"', at) && at < lastClose ? text.slice(at, text.indexOf('"}', at + 2) + 2) : undefined;
    const found = long ?? TOKEN.exec(text)?.[0];
    if (found === undefined) throw new ConfigFault(at, `unexpected ${JSON.stringify(text[at])}`);
    tokens.push({ text: found, offset: at });
    at += found.length;
  }
}
