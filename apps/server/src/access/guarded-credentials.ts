import { isSekishoError, type Logger, messageOf, SekishoError } from '@sekisho/base';
import type { Credentials } from '@sekisho/store';

/**
 * Credentials that fail in words for strangers: whoever asks for sign-in learns that it is impossible now, and nothing of
 * the database behind it. The log has the rest.
 */
export function guardCredentials(credentials: Credentials, logger: Logger): Credentials {
  function guard<A extends unknown[], R>(ask: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
    return async (...args) => {
      try {
        return await ask(...args);
      } catch (error) {
        if (!isSekishoError(error) || !error.code.startsWith('STORE_')) throw error;
        logger.warn({ code: error.code, error: messageOf(error) }, 'nobody can be identified: the store fails');
        throw new SekishoError('STORE_UNAVAILABLE', "Who you are can't be checked: the store does not answer.", {
          cause: error,
          retryable: true,
          hint: 'Try again in a moment. The log of the server says more; `sekisho status` tells when the store is back.',
          details: { status: 503 },
        });
      }
    };
  }
  return {
    password: guard(credentials.password),
    setPassword: guard(credentials.setPassword),
    addToken: guard(credentials.addToken),
    tokens: guard(credentials.tokens),
    tokenByHash: guard(credentials.tokenByHash),
    tokenUsed: guard(credentials.tokenUsed),
    deleteToken: guard(credentials.deleteToken),
    addSession: guard(credentials.addSession),
    session: guard(credentials.session),
    sessionSeen: guard(credentials.sessionSeen),
    deleteSession: guard(credentials.deleteSession),
    deleteSessionsOf: guard(credentials.deleteSessionsOf),
    deleteExpired: guard(credentials.deleteExpired),
  };
}
