const MASK = '******';

/** Replaces each of `secrets` in `text`, as it is and as it looks inside a URL. Secrets under 3 characters are left out. */
export function redact(text: string, secrets: Iterable<string>): string {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < 3) continue;
    forms.add(secret);
    // encodeURIComponent refuses lone surrogates, and such a secret can't be in a URL.
    if (!/\p{Surrogate}/u.test(secret)) forms.add(encodeURIComponent(secret));
  }
  // Longest first: one secret may hold another.
  for (const form of [...forms].sort((a, b) => b.length - a.length)) text = text.replaceAll(form, MASK);
  return text;
}

/**
 * The address without what may be secret: user and password, query and fragment. What is no URL (a path, an scp-like
 * `git@host:repo`) keeps its user, for a user name alone opens nothing, and loses anything that looks like a password.
 */
export function redactUrl(url: string): string {
  const bare = url.replace(/[?#].*$/s, '');
  // Greedy up to the last `@` of the authority: passwords may hold `@` themselves.
  const withScheme = /^([a-z][a-z0-9+.-]*:\/\/)([^/\\\s]*@)?(.*)$/is.exec(bare);
  if (withScheme !== null) {
    const [, scheme = '', userInfo, rest = ''] = withScheme;
    if (userInfo === undefined) return bare;
    // `ssh://git@host`: git's own account name is part of the address.
    const user = userInfo.slice(0, -1);
    return /^(git\+)?ssh:/i.test(scheme) && !user.includes(':') ? bare : `${scheme}${rest}`;
  }
  return bare.replace(/^([^/:@\s]*):[^/@\s]*@/, '$1@');
}
