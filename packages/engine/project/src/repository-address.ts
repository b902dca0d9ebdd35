/**
 * The address of a repository as projects compare it: lower case, without `.git`, `git@host:path` as `git@host/path`, and
 * without `..`, so that no address leads out of the folder that a glob permits.
 */
export function normalizeRepository(address: string): string {
  const bare = normalizeRepositoryGlob(address);
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//.exec(bare)?.[0];
  // Addresses over ssh have lost their scheme; any will do to resolve dots.
  const parsed = parseUrl(scheme === undefined ? `https://${bare}` : bare);
  if (parsed === undefined || !/(^|\/)(\.|%2e){1,2}(\/|$)/.test(bare)) return bare;
  return scheme === undefined ? parsed.replace(/^https:\/\//, '') : parsed;
}

/** The same for an entry of a project, whose stars and braces must stay what they are. */
export function normalizeRepositoryGlob(glob: string): string {
  const lower = glob.trim().toLowerCase();
  const scp = /^([^/:@]*@[^/:@]+):(?!\/\/)(.*)$/.exec(lower);
  const address = scp === null ? lower.replace(/^ssh:\/\//, '') : `${scp[1]}/${scp[2]}`;
  return address.replace(/\.git$/, '');
}

function parseUrl(text: string): string | undefined {
  return URL.canParse(text) ? new URL(text).href.toLowerCase() : undefined;
}
