import { createRequire } from 'node:module';

/** The ways in which a file may say which of its values are encrypted: at most one is in a file. */
export const RULE_FIELDS = [
  'unencrypted_suffix',
  'encrypted_suffix',
  'unencrypted_regex',
  'encrypted_regex',
  'unencrypted_comment_regex',
  'encrypted_comment_regex',
] as const;

export interface EncryptionRule {
  readonly type: (typeof RULE_FIELDS)[number];
  readonly text: string;
}

/**
 * Whether the value at a path of keys is to be encrypted; undefined when the rule goes by comments, which the value has
 * to say itself. Each key on the way counts, not the last one alone.
 */
export type RuleTest = (path: readonly string[]) => boolean | undefined;

/** @throws Error when the rule is no regular expression of RE2 */
export function compileRule({ type, text }: EncryptionRule): RuleTest {
  switch (type) {
    case 'unencrypted_suffix':
      return (path) => !path.some((key) => key.endsWith(text));
    case 'encrypted_suffix':
      return (path) => path.some((key) => key.endsWith(text));
    case 'unencrypted_regex': {
      const matches = expression(text);
      return (path) => !path.some(matches);
    }
    case 'encrypted_regex': {
      const matches = expression(text);
      return (path) => path.some(matches);
    }
    case 'unencrypted_comment_regex':
    case 'encrypted_comment_regex':
      return () => undefined;
  }
}

const load = createRequire(import.meta.url);

/** Go's dialect, in linear time. The engine is loaded when a file needs it. */
function expression(text: string): (key: string) => boolean {
  const { RE2JS } = load('re2js') as typeof import('re2js');
  const pattern = RE2JS.compile(text);
  // Most keys are there many times.
  const known = new Map<string, boolean>();
  return (key) => {
    const matches = known.get(key) ?? pattern.matcher(key).find();
    known.set(key, matches);
    return matches;
  };
}
