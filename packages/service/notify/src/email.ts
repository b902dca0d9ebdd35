import { messageOf, SekishoError } from '@sekisho/base';
import type { Transporter } from 'nodemailer';
import { misconfigured } from './http.ts';
import { about, mapOf, neededSetting, textOf, textSetting } from './settings.ts';
import type { Delivered, Delivery, NotifyService } from './types.ts';

const CONNECT_MS = 10_000;
const TALK_MS = 20_000;

/** Sends mail by SMTP; one connection pool for each service. */
export function createMailer() {
  const pools = new Map<string, Transporter>();

  async function poolOf(service: NotifyService): Promise<Transporter> {
    // Settings that changed are another pool.
    const key = JSON.stringify([service.name, service.settings]);
    const known = pools.get(key);
    if (known !== undefined) return known;
    const { createTransport } = await import('nodemailer');
    const port = Number(textSetting(service, 'port') ?? 587);
    const [user, pass] = [textSetting(service, 'username'), textSetting(service, 'password')];
    const made = createTransport({
      host: neededSetting(service, 'host'),
      port,
      secure: port === 465,
      // A password goes over TLS or not at all.
      requireTLS: port !== 465 && user !== undefined && service.settings['insecure_plaintext'] !== true,
      ...(user === undefined ? {} : { auth: { user, pass: pass ?? '' } }),
      tls: { rejectUnauthorized: service.settings['insecure_skip_verify'] !== true },
      connectionTimeout: CONNECT_MS,
      greetingTimeout: CONNECT_MS,
      socketTimeout: TALK_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    pools.set(key, made);
    return made;
  }

  return {
    async deliver(delivery: Delivery, signal: AbortSignal): Promise<Delivered> {
      const { service, recipient, text, fields, id, thread } = delivery;
      const mail = mapOf(fields['email']);
      const messageId = `<${id}@sekisho>`;
      const pool = await poolOf(service);
      const body = textOf(mail['body']) ?? text;
      signal.throwIfAborted();
      try {
        await pool.sendMail({
          from: neededSetting(service, 'from'),
          to: recipient,
          subject: textOf(mail['subject']) ?? text.split('\n')[0]?.slice(0, 150) ?? '',
          messageId,
          ...(service.settings['html'] === true ? { html: body } : { text: body }),
          ...(thread?.['messageId'] === undefined
            ? {}
            : { inReplyTo: thread['messageId'], references: thread['messageId'] }),
        });
      } catch (cause) {
        throw toError(service, recipient, cause);
      }
      return { thread: { messageId } };
    },
    async close() {
      for (const pool of pools.values()) pool.close();
      pools.clear();
    },
  };
}

/** 5xx answers are final (RFC 5321, 4.2.1); everything else may pass. What the server says may hold what we sent: only its code is told. */
function toError(service: NotifyService, recipient: string, cause: unknown): SekishoError {
  const { responseCode, code } = cause as { responseCode?: number; code?: string };
  const why = responseCode === undefined ? (code ?? messageOf(cause)) : `answers ${responseCode}`;
  if (code === 'EAUTH') {
    return misconfigured(about(service), 'its user name and password are not accepted');
  }
  const final = responseCode === undefined ? code === 'EENVELOPE' : responseCode >= 500;
  return final
    ? new SekishoError('NOTIFY_REFUSED', `${about(service)} refuses mail to ${recipient}: ${why}`, { cause })
    : new SekishoError('NOTIFY_UNAVAILABLE', `${about(service)} takes no mail now: ${why}`, { cause, retryable: true });
}
