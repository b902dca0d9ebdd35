import { redact, redactUrl, SekishoError } from '@sekisho/base';

const rules: readonly { pattern: RegExp; code: string; what: string; hint?: string; retryable?: boolean }[] = [
  {
    pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    code: 'GIT_HOST_KEY',
    what: 'the host shows another key than the one that is known: its key was changed, or somebody stands in between',
    hint: 'Ask who runs the host. When the change is right, replace its lines in the known hosts (argocd-ssh-known-hosts-cm).',
  },
  {
    pattern: /Host key verification failed|No \S+ host key is known/i,
    code: 'GIT_HOST_KEY',
    what: 'the host key is not known',
    hint: 'Add the lines of this host to the known hosts (argocd-ssh-known-hosts-cm).',
  },
  {
    pattern: /Load key "[^"]*":/,
    code: 'GIT_AUTH',
    what: 'the private key cannot be read',
    hint: 'Give an OpenSSH or PEM key that has no passphrase, with all of its lines.',
  },
  {
    pattern:
      /Authentication failed|could not read (Username|Password)|terminal prompts disabled|Permission denied|returned error: (401|403)|Invalid username|Access denied|HTTP Basic: Access denied|error in libcrypto|invalid format/i,
    code: 'GIT_AUTH',
    what: 'the credentials were refused',
    hint: 'Check user name, token or key, and that it may read this repository.',
  },
  {
    pattern:
      /repository .* not found|Repository not found|does not exist|not appear to be a git repository|returned error: (404|410)|No such (file|remote)/i,
    code: 'GIT_NOT_FOUND',
    what: 'there is no repository at this address, or it may not be seen',
    hint: 'Check the address. Many servers say the same when the credentials lack the right to read.',
  },
  {
    pattern: /unable to update url base from redirection|returned error: 30\d|redirect/i,
    code: 'GIT_REDIRECTED',
    what: 'the server redirects to another address',
    hint: 'Use the address that a browser ends at (often the one that ends in .git).',
  },
  {
    pattern: /SSL certificate|certificate verif|SSL: |TLS/i,
    code: 'GIT_TLS',
    what: "the server's certificate is not trusted",
    hint: 'Give its CA certificate (tlsCa) with the credentials.',
  },
  {
    pattern:
      /Could not resolve host|Connection refused|timed out|Failed to connect|Couldn't connect|early EOF|unexpected disconnect|hung up|Connection reset|No route to host|Operation too slow|returned error: (5\d\d|429)|Empty reply|transfer closed|RPC failed|Network is unreachable/i,
    code: 'GIT_UNREACHABLE',
    what: 'the server did not answer as it should',
    retryable: true,
  },
];

/** Lines that say what is wrong; ssh writes pages around them. */
const telling = /^(fatal|error|remote|ssh: |kex|connection |load key|no \S+ host key|SHA256:|.*denied|.*failed)/i;

/** The error that a failed git process means, by what it wrote (English, by our environment). Secrets are taken out. */
export function remoteFailure(stderr: string, url: string, secrets: readonly string[]): SekishoError {
  const lines = stderr
    .split(/[\r\n]+/)
    .map((line) => line.trim().replace(/^Load key "[^"]*"/, 'Load key'))
    .filter((line) => telling.test(line));
  const detail = redact(
    (lines.length > 0 ? lines : stderr.trim().split('\n').slice(-3)).slice(0, 5).join('; '),
    secrets,
  )
    .replace(/[a-z][a-z0-9+.-]*:\/\/\S+/gi, (found) => redactUrl(found))
    .slice(0, 600);
  const rule = rules.find(({ pattern }) => pattern.test(stderr));
  const address = redactUrl(url);
  if (rule === undefined) {
    return new SekishoError('GIT_FAILED', `git failed at ${address}: ${detail}`, { retryable: true });
  }
  return new SekishoError(rule.code, `${address}: ${rule.what} (git: ${detail})`, {
    ...(rule.hint === undefined ? {} : { hint: rule.hint }),
    retryable: rule.retryable ?? false,
  });
}
