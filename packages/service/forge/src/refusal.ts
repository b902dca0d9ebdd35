import { redact, SekishoError } from '@sekisho/base';
import { fields } from './fields.ts';
import type { RestAnswer } from './rest.ts';

/**
 * What an answer that is none of success says, as an error.
 *
 * @param asked what was tried: completes "the forge could not …" and "the token must be allowed to …"
 */
export function refusal(
  { status, headers, body }: RestAnswer,
  asked: string,
  secrets: readonly string[],
): SekishoError {
  const said = redact(messageOf(body), secrets).slice(0, 500);
  const detail = said === '' ? `status ${status}` : `status ${status}: ${said}`;
  const isLimited = status === 429 || (status === 403 && headers['x-ratelimit-remaining'] === '0');
  if (isLimited || status >= 500) {
    return new SekishoError('FORGE_UNREACHABLE', `the forge could not ${asked} (${detail})`, {
      retryable: true,
      ...(isLimited ? { hint: 'Too much was asked of it; it counts requests with a token more generously.' } : {}),
    });
  }
  if (status === 401 || status === 403) {
    return new SekishoError('FORGE_AUTH', `the forge refused the token (${detail})`, {
      hint: `The token must be allowed to ${asked}.`,
    });
  }
  if (status === 404) {
    return new SekishoError(
      'FORGE_REFUSED',
      `the forge knows no such repository, or the token may not see it (${detail})`,
      { details: { missing: true } },
    );
  }
  return new SekishoError('FORGE_REFUSED', `the forge did not ${asked} (${detail})`);
}

/** GitHub: `message` and `errors[].message`; Gitea: `message`; GitLab: `message` (a text, a list or an object) or `error`. */
function messageOf(body: unknown): string {
  const { message, error, errors } = fields(body);
  const more = Array.isArray(errors) ? errors.map((item) => fields(item)['message'] ?? item) : [];
  return [message ?? fields(error)['message'] ?? error, ...more]
    .filter((part) => part !== undefined)
    .map((part) => (typeof part === 'string' ? part : JSON.stringify(part)))
    .join('; ');
}
