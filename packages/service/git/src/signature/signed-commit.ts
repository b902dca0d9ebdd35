import { SekishoError } from '@sekisho/base';

/** A commit, taken apart into what was signed and the signature. */
export interface SignedCommit {
  readonly commit: string;
  /** The commit's bytes without the signature. */
  readonly payload: Buffer;
  /** Armored; undefined: the commit is not signed. */
  readonly signature: string | undefined;
  /** When it was committed, ms since 1970. */
  readonly committedAt: number;
}

/**
 * Finds the signature in a commit object. Of SHA-1 repositories it is in the header `gpgsig`, of SHA-256 ones in
 * `gpgsig-sha256`; what is signed has neither.
 *
 * @throws SekishoError SIGNATURE_INVALID when there are several signatures
 * @see git, Documentation/gitformat-signature.txt
 */
export function parseSignedCommit(commit: string, data: Buffer): SignedCommit {
  const end = data.indexOf('\n\n');
  const head = data.subarray(0, end < 0 ? data.length : end + 1).toString('latin1');
  const wanted = commit.length === 64 ? 'gpgsig-sha256' : 'gpgsig';
  const kept: string[] = [];
  const signatures: string[] = [];
  let committedAt = 0;
  for (const header of head.split(/\n(?! )/)) {
    if (header === '') continue;
    const [name = ''] = header.split(' ', 1);
    if (name === 'gpgsig' || name === 'gpgsig-sha256') {
      if (name === wanted) signatures.push(header.slice(name.length + 1).replaceAll('\n ', '\n'));
      continue;
    }
    if (name === 'committer') committedAt = Number(/> (-?\d+)/.exec(header)?.[1] ?? 0) * 1000;
    kept.push(`${header}\n`);
  }
  if (signatures.length > 1) {
    throw new SekishoError('SIGNATURE_INVALID', `The commit ${commit.slice(0, 7)} has more than one signature.`);
  }
  const payload = Buffer.concat([
    Buffer.from(kept.join(''), 'latin1'),
    end < 0 ? Buffer.alloc(0) : data.subarray(end + 1),
  ]);
  return { commit, payload, signature: signatures[0], committedAt };
}
