import { defined, isSekishoError, SekishoError } from '@sekisho/base';
import { busy, misconfigured, send } from './http.ts';
import { about, jsonOf, mapOf, neededSetting, textOf, textSetting } from './settings.ts';
import type { Delivered, Delivery } from './types.ts';

const API = 'https://slack.com/api';
/** Errors of Slack that pass by themselves. */
const PASSING = new Set([
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'ratelimited',
  'rate_limited',
  'team_added_to_org',
]);
/** Errors of Slack that somebody must mend in the settings. */
const SETTINGS = new Set([
  'invalid_auth',
  'not_authed',
  'account_inactive',
  'token_expired',
  'token_revoked',
  'missing_scope',
  'no_permission',
]);
const MAX_TEXT = 39_000;

/**
 * Slack by its API (`token`, `apiURL`) or an incoming webhook (`webhookURL`). By the API an incident is one message: what
 * follows goes into its thread, and the message itself says how it stands.
 *
 * @see Slack's documentation of chat.postMessage, chat.update and incoming webhooks
 */
export async function deliverToSlack(delivery: Delivery, signal: AbortSignal): Promise<Delivered> {
  const { service, recipient, thread, closes } = delivery;
  const hook = textSetting(service, 'webhookURL');
  const message = messageOf(delivery);
  if (hook !== undefined) {
    await send(hook, { body: JSON.stringify(message), about: about(service), signal });
    return {};
  }
  const call = async (method: string, body: object) => {
    const { text } = await send(`${textSetting(service, 'apiURL') ?? API}/${method}`, {
      headers: {
        authorization: `Bearer ${neededSetting(service, 'token')}`,
        'content-type': 'application/json; charset=utf-8',
      },
      body: JSON.stringify(body),
      about: about(service),
      signal,
    });
    return answerOf(delivery, text);
  };
  if (thread?.['ts'] === undefined) {
    const { ts, channel } = await call('chat.postMessage', { channel: recipient, ...message });
    if (ts === undefined) return {};
    return { thread: { ts, channel: channel ?? recipient, text: message.text.slice(0, 1000) } };
  }
  const { ts, channel = recipient, text = '' } = thread;
  // Said twice, an update changes nothing: what may be repeated comes first.
  try {
    await call('chat.update', {
      channel,
      ts,
      text:
        closes === true
          ? `:white_check_mark: ~${text.split('\n')[0]}~\n${message.text}`
          : `${text}\n:arrow_right: ${message.text.split('\n')[0]}`,
    });
  } catch (error) {
    // The message was deleted, or may not be edited any more: the answer is told all the same.
    if (!isSekishoError(error, 'NOTIFY_REFUSED')) throw error;
  }
  await call('chat.postMessage', { channel, thread_ts: ts, ...message });
  return {};
}

function messageOf({ service, text, fields }: Delivery) {
  const slack = mapOf(fields['slack']);
  return {
    text: text.slice(0, MAX_TEXT),
    ...defined({
      attachments: jsonOf(service, slack['attachments'], 'slack.attachments'),
      blocks: jsonOf(service, slack['blocks'], 'slack.blocks'),
      username: textOf(slack['username']) ?? textSetting(service, 'username'),
      icon_emoji: textOf(slack['icon']) ?? textSetting(service, 'icon'),
    }),
  };
}

interface SlackAnswer {
  readonly ok?: boolean;
  readonly error?: string;
  readonly ts?: string;
  readonly channel?: string;
}

/** Slack answers 200 whatever happens, and says it in the body. */
function answerOf({ service, recipient }: Delivery, text: string): SlackAnswer {
  let answer: SlackAnswer;
  try {
    answer = mapOf(JSON.parse(text)) as SlackAnswer;
  } catch {
    throw busy(about(service), 'answers something that is no JSON', null);
  }
  if (answer.ok === true) return answer;
  const error = typeof answer.error === 'string' ? answer.error.slice(0, 100) : 'no reason';
  if (PASSING.has(error)) throw busy(about(service), `answers ${error}`, null);
  if (SETTINGS.has(error)) throw misconfigured(about(service), `its token is refused: ${error}`);
  throw new SekishoError('NOTIFY_REFUSED', `${about(service)} refuses the message to ${recipient}: ${error}`);
}
