import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLogger } from '@sekisho/base';
import { type CertificatePair, createAuthority } from '@sekisho/certificates';
import { type FakeClock, fakeClock, type TempDir, tempDir } from '@sekisho/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFileCertificates } from './file-certificates.ts';

describe('certificates in files', () => {
  let folder: TempDir;
  let clock: FakeClock;
  let paths: { certificate: string; key: string };

  beforeEach(async () => {
    folder = await tempDir('sekisho-certificates-');
    clock = fakeClock();
    paths = { certificate: join(folder.path, 'tls.crt'), key: join(folder.path, 'tls.key') };
  });
  afterEach(() => folder.remove());

  const make = (notAfter = clock.now() + 86_400_000) =>
    createAuthority({ commonName: 'own', notBefore: clock.now() - 1_000, notAfter });
  async function write({ certificatePem, keyPem }: CertificatePair): Promise<void> {
    await writeFile(paths.certificate, certificatePem);
    await writeFile(paths.key, keyPem);
  }

  it('are read again when they change, once they belong together', async () => {
    const [first, second] = [await make(), await make()];
    await write(first);
    const certificates = await openFileCertificates({ ...paths, clock, logger: silentLogger });
    let changes = 0;
    let isChanged = (): void => {};
    const changed = new Promise<void>((resolve) => {
      isChanged = resolve;
    });
    certificates.onChange(() => {
      changes++;
      isChanged();
    });
    await writeFile(paths.certificate, second.certificatePem);
    for (let look = 0; look < 3; look++) await clock.advance(10_000);
    expect([certificates.current(), changes]).toEqual([first, 0]);
    await writeFile(paths.key, second.keyPem);
    const moving = setInterval(() => void clock.advance(10_000), 5);
    await changed;
    clearInterval(moving);
    expect([certificates.current(), changes]).toEqual([second, 1]);
    await certificates.close();
  });

  it('have ended when their time is up', async () => {
    await write(await make(clock.now() + 60_000));
    const certificates = await openFileCertificates({ ...paths, clock, logger: silentLogger });
    expect(certificates.fault()).toBeUndefined();
    await clock.advance(61_000);
    expect(certificates.fault()).toContain('has ended');
    await certificates.close();
  });

  it.each([
    ['are missing', {}, /can not be read/],
    ['hold no certificate', { 'tls.crt': 'none', 'tls.key': 'none' }, /holds no certificate/],
  ])('are refused when they %s', async (_case, files, message) => {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder.path, name), text);
    const opened = openFileCertificates({ ...paths, clock, logger: silentLogger });
    await expect(opened).rejects.toMatchObject({
      code: 'ADMISSION_CERTIFICATE',
      message: expect.stringMatching(message),
    });
  });

  it('are refused when the key is of another', async () => {
    await write({ ...(await make()), keyPem: (await make()).keyPem });
    const opened = openFileCertificates({ ...paths, clock, logger: silentLogger });
    await expect(opened).rejects.toThrow(/is not the key of the certificate/);
  });
});
