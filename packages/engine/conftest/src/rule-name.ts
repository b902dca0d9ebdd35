/** What results of a rule are. */
export type RuleKind = 'failure' | 'warning';

const FAILURE = /^(?:deny|violation)(?:_[a-zA-Z0-9]+)*$/;
const WARNING = /^warn(?:_[a-zA-Z0-9]+)*$/;

/** `deny`, `violation`, `deny_privileged` are failures, `warn`, `warn_tag` warnings; other rules only help them. */
export function ruleKindOf(name: string): RuleKind | undefined {
  if (FAILURE.test(name)) return 'failure';
  return WARNING.test(name) ? 'warning' : undefined;
}

/** How an exception names a rule: `deny_privileged` is `privileged`, plain `deny`, `violation` and `warn` are "". */
export function exceptionNameOf(ruleName: string): string {
  const cut = ruleName.indexOf('_');
  return cut < 0 ? '' : ruleName.slice(cut + 1);
}
