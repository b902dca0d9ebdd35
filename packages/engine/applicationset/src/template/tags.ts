import type { Parameters } from '../spec/application-set.ts';

/** On one line, as Argo CD looks for them. */
const HAS_TAG = /\{\{.*\}\}/;

/**
 * Replaces `{{ name }}` by the parameter of that name; a tag that names none, or one that is no text, stays as it is.
 *
 * @throws TagError when a tag has no end
 */
export function replaceTags(text: string, params: Parameters): string {
  if (!HAS_TAG.test(text)) return text;
  let out = '';
  let at = 0;
  for (;;) {
    const open = text.indexOf('{{', at);
    if (open < 0) return out + text.slice(at);
    const close = text.indexOf('}}', open + 2);
    if (close < 0) throw new TagError(`Cannot find end tag="}}" starting from ${JSON.stringify(text.slice(open))}`);
    const name = text.slice(open + 2, close).trim();
    const value = name !== '' && Object.hasOwn(params, name) ? params[name] : undefined;
    out += text.slice(at, open) + (typeof value === 'string' ? value : text.slice(open, close + 2));
    at = close + 2;
  }
}

export class TagError extends Error {}
