/**
 * An evaluation that can't give a value. `||`, `&&` and some macros get over it.
 *
 * It is an Error without a stack: expressions get over many of them, a stack takes long to gather, and where in
 * compiled source one began tells nobody anything.
 */
export class CelFault implements Error {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }

  get name(): string {
    return 'CelFault';
  }
}
Object.setPrototypeOf(CelFault.prototype, Error.prototype);

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
