/**
 * Names a repository whatever way it is addressed: host without port and user, path without `.git`, in lower case, as
 * forges compare. Equal names mean one repository. Undefined when the text is no address.
 */
export function repositoryName(address: string): string | undefined {
  const scp = /^(?:[^@/\s]+@)?([^:/\s]+):(?!\/\/)(.+)$/.exec(address);
  let host: string;
  let path: string;
  if (scp !== null && !/^[a-z][a-z0-9+.-]*:\/\//i.test(address)) {
    host = scp[1] ?? '';
    path = scp[2] ?? '';
  } else {
    try {
      const url = new URL(address);
      host = url.hostname;
      path = url.pathname;
    } catch {
      return undefined;
    }
  }
  const clean = path.replace(/^\/+|\/+$/g, '').replace(/\.git$/i, '');
  if (host === '' || clean === '') return undefined;
  return azure(host.toLowerCase(), clean.toLowerCase()) ?? `${host}/${clean}`.toLowerCase();
}

/** Azure DevOps over ssh is another host with another path: `ssh.dev.azure.com:v3/org/project/repo`. */
function azure(host: string, path: string): string | undefined {
  const parts = path.split('/');
  if (!host.startsWith('ssh.') || parts[0] !== 'v3' || parts.length !== 4) return undefined;
  return `${host.slice('ssh.'.length)}/${parts[1]}/${parts[2]}/_git/${parts[3]}`;
}
