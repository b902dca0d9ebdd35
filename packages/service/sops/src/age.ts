import type { KeySource } from './key-source.ts';

/** Lines of a file of age-keygen that are identities. */
export function ageIdentitiesIn(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** Opens with age identities (`AGE-SECRET-KEY-1…`, and the hybrid ones), in this process. */
export function ageSource(identities: readonly string[]): KeySource<'age'> {
  return {
    type: 'age',
    async open({ recipient, encrypted }) {
      if (recipient.startsWith('ssh-')) return { reason: 'SSH keys can not be used as age identities here' };
      // Its cryptography is needed where files are encrypted with it only.
      const { Decrypter, armor } = await import('age-encryption');
      const decrypter = new Decrypter();
      let usable = 0;
      for (const identity of identities) {
        try {
          decrypter.addIdentity(identity);
          usable++;
        } catch {
          // A plugin's, or damaged: the others may do.
        }
      }
      if (usable === 0) return { reason: 'none of the lines given is an age identity (AGE-SECRET-KEY-1…)' };
      try {
        return await decrypter.decrypt(armor.decode(encrypted));
      } catch {
        return {
          reason:
            usable === 1
              ? 'the age identity given is another one'
              : `none of the ${usable} age identities given is its`,
        };
      }
    },
  };
}
