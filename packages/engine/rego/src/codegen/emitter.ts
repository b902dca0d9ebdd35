import type { Builtin } from '../builtins/builtin.ts';
import type { RuleGroup, RuleNode, WithTargets } from '../compile/compiled.ts';
import type { Body, Term } from '../syntax/ast.ts';
import type { Location } from '../syntax/location.ts';
import type { ConstantPool } from './constants.ts';

/** Terms hold bodies and bodies hold terms: each is written through here by what the other holds. */
export interface Writers {
  term(emitter: Emitter, term: Term): string;
  body(emitter: Emitter, body: Body, found: (leave: string) => void): void;
}

/** What all functions of one program share while their source is written. */
export interface ProgramScope {
  readonly constants: ConstantPool;
  readonly writers: Writers;
  readonly builtins: ReadonlyMap<string, Builtin>;
  readonly tree: RuleNode;
  readonly withTargets: WithTargets;
  /** Written for observers: `H` gets told of expressions, rules and reads. */
  readonly isObserved: boolean;
  /** Somebody sees in which order expressions are evaluated: observers, or who reads what `print` prints. */
  readonly isStepwise: boolean;
  /** Expression of the function of a group. */
  functionOf(group: RuleGroup): string;
  /** Expression of the runtime's node of a node of the tree. */
  nodeOf(node: RuleNode): string;
}

/** A place where code is being written: what is bound, what was read, and how to give up. */
interface Place {
  /** Statement that goes on to the next candidate, or leaves the body when there is none. */
  fail: string;
  /** JavaScript expressions of the variables that are bound here; never evaluated twice with different outcomes. */
  vars: Map<string, string>;
  /** Constants that hold what reads from input, data and rules gave, by what was read. */
  reads: Map<string, string>;
  /** Name of the evaluation context: another one inside `with`. */
  context: string;
  /** Loops opened since the function's begin. */
  loops: number;
  /** The order in which solutions are found can be seen (arrays, print): loops run in the order of values. */
  ordered: boolean;
}

/** Writes the statements of one function, front to back: what is written later is inside the loops opened before. */
export class Emitter {
  readonly program: ProgramScope;
  place: Place;
  readonly #lines: string[] = [];
  #names = 0;
  /** Loops that were opened in the innermost block. */
  #unclosed = 0;

  constructor(program: ProgramScope, ordered: boolean) {
    this.program = program;
    this.place = {
      fail: '',
      vars: new Map(),
      reads: new Map(),
      context: 'ctx',
      loops: 0,
      ordered,
    };
  }

  get source(): string {
    return this.#lines.join('\n');
  }

  /** See `emitTerm`. */
  term(term: Term): string {
    return this.program.writers.term(this, term);
  }

  /** See `emitBody`. */
  body(body: Body, found: (leave: string) => void): void {
    this.program.writers.body(this, body, found);
  }

  line(text: string): void {
    this.#lines.push(text);
  }

  /** A new name of the given kind: generated, never the user's. */
  name(kind: string): string {
    return `${kind}${this.#names++}`;
  }

  /** `const` with the value of `expression`. */
  keep(expression: string, kind = 't'): string {
    const name = this.name(kind);
    this.line(`const ${name} = ${expression};`);
    return name;
  }

  /** Goes on only where `condition` holds. */
  require(condition: string): void {
    this.line(`if (!(${condition})) ${this.place.fail}`);
  }

  failIf(condition: string): void {
    this.line(`if (${condition}) ${this.place.fail}`);
  }

  bind(variable: string, expression: string): void {
    this.place.vars.set(variable, expression);
  }

  isBound(variable: string): boolean {
    return this.place.vars.has(variable);
  }

  /**
   * A labelled block: failing inside of it leaves it. What is bound or read inside is forgotten behind it.
   * `write` gets the statement that leaves the block.
   */
  block(write: (leave: string) => void): void {
    const leave = this.name('B');
    const outer = this.place;
    const unclosed = this.#unclosed;
    this.line(`${leave}: {`);
    this.#unclosed = 0;
    this.place = {
      ...outer,
      fail: `break ${leave};`,
      vars: new Map(outer.vars),
      reads: new Map(outer.reads),
    };
    write(this.place.fail);
    this.line('}'.repeat(this.#unclosed + 1));
    this.#unclosed = unclosed;
    this.place = outer;
  }

  /** A loop; failing inside goes on with the next round. All that is written until the enclosing block ends is inside. */
  loop(header: string): string {
    const label = this.name('L');
    const mark = this.program.isObserved ? this.keep('H.trail.length', 'm') : '';
    this.line(`${label}: for (${header}) {`);
    if (mark !== '') this.line(`H.trail.length = ${mark};`);
    this.line('if (--E.steps < 0) E.tick();');
    this.place.fail = `continue ${label};`;
    this.place.loops++;
    this.#unclosed++;
    return label;
  }

  /** Evaluates what `write` emits in another context; what was read in the one before does not count there. */
  inContext(context: string, write: () => void): void {
    const { context: before, reads } = this.place;
    this.place.context = context;
    this.place.reads = new Map();
    write();
    this.place.context = before;
    this.place.reads = reads;
  }

  /** Tells observers, where there are any. */
  observe(call: string): void {
    if (this.program.isObserved) this.line(`H.${call};`);
  }

  constant(item: unknown): string {
    return this.program.constants.refer(item);
  }

  locate(location: Location): string {
    return this.constant(location);
  }
}
