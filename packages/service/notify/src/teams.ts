import { defined, SekishoError } from '@sekisho/base';
import { busy, misconfigured, send } from './http.ts';
import { about, jsonOf, mapOf, textOf } from './settings.ts';
import type { Delivered, Delivery } from './types.ts';

/**
 * Microsoft Teams by a webhook's address per channel (`recipientUrls`): as a message card, or with `format: adaptive` as an
 * adaptive card, which is what workflows take.
 *
 * @see Microsoft's documentation "Create and send messages" and "Post a workflow when a webhook request is received"
 */
export async function deliverToTeams(delivery: Delivery, signal: AbortSignal): Promise<Delivered> {
  const { service, recipient } = delivery;
  const urls = mapOf(service.settings['recipientUrls']);
  const url = Object.hasOwn(urls, recipient) ? textOf(urls[recipient]) : undefined;
  if (url === undefined) throw misconfigured(about(service), `recipientUrls has no channel ${recipient}`);
  const body = textOf(mapOf(delivery.fields['teams'])['template']) ?? JSON.stringify(cardOf(delivery));
  const { text } = await send(url, { body, about: about(service), signal });
  // A connector answers 200 also when it failed, and says it in words.
  const failed = /failed with error: .*?HTTP error (\d+)/is.exec(text);
  if (failed === null && !/failed with error/i.test(text)) return {};
  const status = failed?.[1] ?? '';
  if (status === '429' || status.startsWith('5')) throw busy(about(service), `answers ${status}`, null);
  throw new SekishoError(
    'NOTIFY_REFUSED',
    `${about(service)} refuses the message to ${recipient}${status === '' ? '' : `: ${status}`}`,
  );
}

function cardOf(delivery: Delivery): unknown {
  const { service, text, fields } = delivery;
  const teams = mapOf(fields['teams']);
  const title = textOf(teams['title']);
  if (service.settings['format'] === 'adaptive') {
    const body = [
      ...(title === undefined
        ? []
        : [{ type: 'TextBlock', text: title, weight: 'Bolder', size: 'Medium', wrap: true }]),
      { type: 'TextBlock', text: textOf(teams['text']) ?? text, wrap: true },
    ];
    const content = {
      $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
      type: 'AdaptiveCard',
      version: '1.4',
      body,
    };
    return { type: 'message', attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content }] };
  }
  return {
    '@type': 'MessageCard',
    '@context': 'https://schema.org/extensions',
    text: textOf(teams['text']) ?? text,
    ...defined({
      title,
      summary: textOf(teams['summary']) ?? title ?? text.split('\n')[0]?.slice(0, 100),
      themeColor: textOf(teams['themeColor']),
      sections:
        jsonOf(service, teams['sections'], 'teams.sections') ?? factsOf(jsonOf(service, teams['facts'], 'teams.facts')),
      potentialAction: jsonOf(service, teams['potentialAction'], 'teams.potentialAction'),
    }),
  };
}

function factsOf(facts: unknown): unknown {
  return facts === undefined ? undefined : [{ facts }];
}
