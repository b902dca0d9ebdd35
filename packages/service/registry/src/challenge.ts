/** What a registry asks for, in `WWW-Authenticate`. */
export interface Challenge {
  readonly scheme: 'bearer' | 'basic';
  /** `realm`, `service`, `scope`. */
  readonly parameters: ReadonlyMap<string, string>;
}

const MAX_LENGTH = 8192;

/** The first challenge of a scheme that is spoken here. @see RFC 9110, section 11.6.1 */
export function parseChallenge(header: string): Challenge | undefined {
  const match = /(?:^|,\s*)(bearer|basic)(?:\s+|$)/i.exec(header.slice(0, MAX_LENGTH));
  if (match === null) return undefined;
  const scheme = match[1]?.toLowerCase() === 'bearer' ? 'bearer' : 'basic';
  const parameters = new Map<string, string>();
  const pattern = /\s*([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))\s*(?:,|$)/y;
  pattern.lastIndex = match.index + match[0].length;
  for (let found = pattern.exec(header); found !== null; found = pattern.exec(header)) {
    const [, name = '', quoted, plain = ''] = found;
    parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain);
  }
  return { scheme, parameters };
}
