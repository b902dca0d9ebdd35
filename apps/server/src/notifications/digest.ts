import type { StoredNotification } from '@sekisho/store';

/** Applications that a digest names for each trigger. */
const NAMED = 10;

/** Many messages to one recipient, said as one. */
export function digestOf(messages: readonly StoredNotification[]): {
  text: string;
  fields: Readonly<Record<string, unknown>>;
} {
  const byTrigger = new Map<string, Set<string>>();
  for (const { trigger, namespace, app } of messages) {
    const applications = byTrigger.get(trigger) ?? new Set<string>();
    byTrigger.set(trigger, applications.add(`${namespace}/${app}`));
  }
  const subject = `${messages.length} notifications at once`;
  const lines = [...byTrigger].map(([trigger, applications]) => {
    const named = [...applications].slice(0, NAMED).join(', ');
    const more = applications.size - NAMED;
    const count = applications.size === 1 ? '1 application' : `${applications.size} applications`;
    return `${trigger}: ${count}: ${named}${more > 0 ? ` and ${more} more` : ''}`;
  });
  return {
    text: `${subject}, told as one:\n${lines.join('\n')}`,
    fields: { email: { subject }, teams: { title: subject } },
  };
}
