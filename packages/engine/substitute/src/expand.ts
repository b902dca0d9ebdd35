import { ExpansionError, type ExpansionFault } from './fault.ts';
import { isDefaultOperator, operatorOf } from './operators.ts';
import { type Expression, type Part, parseTemplate } from './template.ts';

export interface ExpandOptions {
  /** A variable without value and default is a fault; otherwise it is empty. Default true. */
  readonly strict?: boolean;
  /** Longest result, in UTF-16 units. Default 10 MiB. */
  readonly maxLength?: number;
}

export type Expansion =
  | { readonly text: string; readonly faults?: never }
  | { readonly text?: never; readonly faults: readonly ExpansionFault[] };

/** Whether a text has anything for {@link substitute} to do. */
export function hasExpressions(text: string): boolean {
  return text.includes('${') || text.includes('$$');
}

/**
 * Puts the values of variables into a text, in the dialect of Flux's postBuild: see {@link parseTemplate}.
 *
 * Returns all undefined variables (SUBSTITUTE_UNDEFINED), or the first SUBSTITUTE_SYNTAX or SUBSTITUTE_TOO_LARGE. No
 * fault holds a value.
 */
export function substitute(
  text: string,
  variables: ReadonlyMap<string, string>,
  options: ExpandOptions = {},
): Expansion {
  const expander = new Expander(variables, options);
  try {
    const expanded = parseTemplate(text)
      .map((part) => expander.part(part))
      .join('');
    return expander.undefinedOnes.length > 0 ? { faults: expander.undefinedOnes } : { text: expanded };
  } catch (error) {
    if (error instanceof ExpansionError) return { faults: [error.fault] };
    throw error;
  }
}

class Expander {
  readonly undefinedOnes: ExpansionFault[] = [];
  readonly #variables: ReadonlyMap<string, string>;
  readonly #isStrict: boolean;
  #left: number;

  constructor(variables: ReadonlyMap<string, string>, options: ExpandOptions) {
    this.#variables = variables;
    this.#isStrict = options.strict ?? true;
    this.#left = options.maxLength ?? 10 * 1024 * 1024;
  }

  part(part: Part): string {
    const text = typeof part === 'string' ? part : this.#expression(part);
    this.#left -= text.length;
    if (this.#left < 0) {
      throw new ExpansionError({
        code: 'SUBSTITUTE_TOO_LARGE',
        message: 'the text is too large once variables are put in',
        offset: typeof part === 'string' ? 0 : part.offset,
      });
    }
    return text;
  }

  #expression({ variable, operator, args, offset }: Expression): string {
    // Upstream evaluates every argument, used or not: what is undefined in one is an error.
    const values = args.map((argument) => this.part(argument));
    const value = this.#variables.get(variable);
    if (value === undefined && this.#isStrict && !isDefaultOperator(operator)) {
      const message = `the variable ${variable} has no value and no default`;
      this.undefinedOnes.push({ code: 'SUBSTITUTE_UNDEFINED', message, variable, offset });
    }
    const result = operatorOf(operator, values)(value ?? '', values, this.#left);
    if (result !== undefined) return result;
    throw new ExpansionError({
      code: 'SUBSTITUTE_TOO_LARGE',
      message: `the value of ${variable} is too large for the operator ${operator}`,
      variable,
      offset,
    });
  }
}
