import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Files that every git process of ours uses; see {@link prepareHome}. */
export interface GitHome {
  readonly dir: string;
  readonly askpass: string;
}

// Proxies and certificate stores belong to the machine, not to a user's git configuration.
const inherited = [
  'PATH',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'all_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'ALL_PROXY',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'SYSTEMROOT',
];

/** Whether http requests leave through a proxy, so that names are not resolved here. */
export function usesProxy(): boolean {
  return inherited.some((name) => /^https?_proxy$|^all_proxy$/i.test(name) && (process.env[name] ?? '') !== '');
}

/** Messages of receive.fsck that old, harmless, public histories trip over. They stay warnings. */
const tolerated = [
  'badTimezone',
  'missingSpaceBeforeDate',
  'missingSpaceBeforeEmail',
  'missingNameBeforeEmail',
  'missingEmail',
  'badEmail',
  'badName',
  'zeroPaddedFilemode',
  'zeroPaddedDate',
  'badDate',
  'multipleAuthors',
  'missingTaggerEntry',
  'gitmodulesParse',
];

export interface ConfigOptions {
  readonly maxPushBytes: number;
  /** Whether git knows core.fsync (2.36); before, only loose objects could be made durable. */
  readonly hasFsync: boolean;
}

/**
 * The only configuration that our git processes read beside a repository's own file.
 * Written at each start, so that an update of the program reaches repositories that exist.
 */
export function configText(options: ConfigOptions): string {
  const fsck = (section: string) => tolerated.map((name) => `[${section} "fsck"]\n\t${name} = warn`).join('\n');
  return `# Written by sekisho at each start. Changes are lost.
[safe]
	directory = *
[init]
	defaultBranch = main
[core]
	${options.hasFsync ? 'fsync = all' : 'fsyncObjectFiles = true'}
	hooksPath = /dev/null
	bigFileThreshold = 16m
	filesRefLockTimeout = 5000
	packedRefsTimeout = 5000
	askPass =
	protectHFS = true
	protectNTFS = true
[gc]
	auto = 0
	autoDetach = false
[maintenance]
	auto = false
[pack]
	threads = 1
	windowMemory = 64m
	deltaCacheSize = 64m
[protocol]
	allow = never
[transfer]
	credentialsInUrl = die
	hideRefs = refs/sekisho
[receive]
	autogc = false
	advertiseAtomic = true
	denyDeleteCurrent = refuse
	denyNonFastForwards = false
	fsckObjects = true
	maxInputSize = ${options.maxPushBytes}
	unpackLimit = 1
${fsck('receive')}
[fetch]
	fsckObjects = true
	unpackLimit = 1
	recurseSubmodules = false
	writeCommitGraph = false
	showForcedUpdates = true
	output = full
${fsck('fetch')}
[uploadpack]
	allowFilter = true
	allowReachableSHA1InWant = true
	allowTipSHA1InWant = true
[http]
	receivepack = true
	uploadpack = true
	getanyfile = false
	followRedirects = false
	lowSpeedLimit = 500
	lowSpeedTime = 60
[user]
	name = sekisho
	email = sekisho@localhost
[commit]
	gpgSign = false
`;
}

// The password is in the environment of the one process that needs it, never in an argument, a file or an address.
const askpassText = `#!/bin/sh
case "$1" in
  Username*) printf '%s\\n' "$SEKISHO_GIT_USERNAME" ;;
  *) printf '%s\\n' "$SEKISHO_GIT_PASSWORD" ;;
esac
`;

/** Makes the folder that stands for HOME. */
export async function prepareHome(dataDir: string): Promise<GitHome> {
  const dir = join(dataDir, 'git-home');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  // Keys of a run that was killed.
  for (const name of await readdir(dir)) {
    if (name.startsWith('access-')) await rm(join(dir, name), { recursive: true, force: true });
  }
  const askpass = join(dir, 'askpass');
  await writeFile(askpass, askpassText);
  await chmod(askpass, 0o700);
  return { dir, askpass };
}

export async function writeConfig(home: GitHome, options: ConfigOptions): Promise<void> {
  await writeFile(join(home.dir, '.gitconfig'), configText(options));
}

/** A clean environment: nothing of the user's git configuration, no prompts, English messages, classic repository formats. */
export function gitEnvironment(home: GitHome, extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of inherited) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return {
    ...environment,
    HOME: home.dir,
    XDG_CONFIG_HOME: home.dir,
    // The file is also found through HOME by a git that does not know this variable (before 2.32).
    GIT_CONFIG_GLOBAL: join(home.dir, '.gitconfig'),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: home.askpass,
    SSH_ASKPASS: home.askpass,
    GIT_ALLOW_PROTOCOL: '',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_DEFAULT_HASH: 'sha1',
    GIT_DEFAULT_REF_FORMAT: 'files',
    LC_ALL: 'C',
    LANGUAGE: 'C',
    TZ: 'UTC',
    ...extra,
  };
}
