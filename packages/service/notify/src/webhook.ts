import { send } from './http.ts';
import { about, mapOf, neededSetting, textOf } from './settings.ts';
import type { Delivered, Delivery } from './types.ts';

/** Any HTTP receiver: `url`, `headers`, `basicAuth`; method, path and body come from the template. @see Argo CD's notifications: webhook */
export async function deliverToWebhook(delivery: Delivery, signal: AbortSignal): Promise<Delivered> {
  const { service, id, text, recipient, fields } = delivery;
  const wanted = mapOf(mapOf(fields['webhook'])[service.name]);
  const url = neededSetting(service, 'url').replace(/\/+$/, '') + pathOf(textOf(wanted['path']));
  const { username, password } = mapOf(service.settings['basicAuth']) as { username?: string; password?: string };
  const headers: Record<string, string> = { 'x-sekisho-delivery': id };
  if (username !== undefined || password !== undefined) {
    headers['authorization'] = `Basic ${Buffer.from(`${username ?? ''}:${password ?? ''}`).toString('base64')}`;
  }
  const { headers: given } = service.settings;
  for (const header of Array.isArray(given) ? given : []) {
    const { name, value } = mapOf(header);
    if (typeof name === 'string' && typeof value === 'string') headers[name.toLowerCase()] = value;
  }
  await send(url, {
    method: textOf(wanted['method'])?.toUpperCase() ?? 'POST',
    headers,
    body: textOf(wanted['body']) ?? JSON.stringify({ id, text, recipient }),
    about: about(service),
    signal,
  });
  return {};
}

function pathOf(path: string | undefined): string {
  return path === undefined ? '' : path.startsWith('/') || path.startsWith('?') ? path : `/${path}`;
}
