import { messageData } from './messages.generated.ts';

/**
 * How a message is written down: `number:name:type`, separated by commas.
 *
 * Types: `s` string, `b` bytes (base64 in JSON), `B` boolean, `i` integer, `d` double; `Time`, `MicroTime`, `Quantity`,
 * `IntOrString`, `Json`, `SchemaOrArray`, `SchemaOrBool`, `SchemaOrStrings` have a form of their own in JSON; anything
 * else names another message. `*T` is a list, `%T` a map from strings. At the end `?` says that Go leaves the zero value
 * out of JSON, `^` that the fields of this message belong to the one around it. `@*T` is a message that is a list in JSON.
 */
export interface MessageField {
  readonly name: string;
  readonly type: string;
  readonly shape: 'one' | 'list' | 'map';
  readonly dropsZero: boolean;
  readonly inline: boolean;
}

export interface Message {
  readonly fields: ReadonlyMap<number, MessageField>;
  /** Type of the items when the message is a list in JSON. */
  readonly items: string | undefined;
}

const parsed = new Map<string, Message>();

/** Undefined when there is no such message. */
export function messageOf(name: string): Message | undefined {
  const known = parsed.get(name);
  if (known !== undefined) return known;
  const text = Object.hasOwn(messageData, name) ? messageData[name] : undefined;
  if (text === undefined) return undefined;
  const message = parseMessage(text);
  parsed.set(name, message);
  return message;
}

function parseMessage(text: string): Message {
  if (text.startsWith('@')) return { fields: new Map(), items: text.slice(2) };
  const fields = new Map<number, MessageField>();
  for (const part of text === '' ? [] : text.split(',')) {
    const [number = '', name = '', written = ''] = part.split(':');
    fields.set(Number(number), {
      name,
      type: written.replace(/^[*%]/, '').replace(/[?^]$/, ''),
      shape: written.startsWith('*') ? 'list' : written.startsWith('%') ? 'map' : 'one',
      dropsZero: written.endsWith('?'),
      inline: written.endsWith('^'),
    });
  }
  return { fields, items: undefined };
}
