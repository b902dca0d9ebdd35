/** An evaluation that can't give a value. `||`, `&&` and some macros get over it. */
export class CelFault extends Error {
  constructor(message: string) {
    // Expressions get over many of them: where in the compiled closures one began tells nobody anything, and takes long to find out.
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = limit;
  }

  override get name(): string {
    return 'CelFault';
  }
}

/** The evaluation costs more than it may: nothing gets over it. */
export class CostExceeded extends Error {
  constructor() {
    super('operation cancelled: actual cost limit exceeded');
    this.name = 'CostExceeded';
  }
}

export function noSuchOverload(name: string, kinds: readonly string[]): CelFault {
  return new CelFault(`no such overload: ${name}(${kinds.join(', ')})`);
}

export function noSuchKey(key: unknown): CelFault {
  return new CelFault(`no such key: ${String(key).slice(0, 200)}`);
}
