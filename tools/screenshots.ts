// Makes the pictures of the console: started by tools/screenshots.mjs.
import { statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ConsolePage, startConsoleBrowser } from '../e2e/lib/console-page.ts';
import { setConsoleScene } from '../e2e/lib/console-scene.ts';
import { setGatesScene } from '../e2e/lib/gates-scene.ts';
import { startSekisho } from '../e2e/lib/sekisho.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const FOLDER = join(root, 'docs/pictures');
const MAX_BYTES = 200_000;

interface Picture {
  readonly name: string;
  readonly path: string;
  readonly colorScheme?: 'dark';
  /** Brings the page to where the picture is taken. */
  ready(page: ConsolePage['page']): Promise<void>;
}

const PICTURES: readonly Picture[] = [
  { name: 'console-overview', path: '/', ready: (page) => page.getByText('Newest releases').waitFor() },
  {
    name: 'console-applications',
    path: '/applications',
    ready: (page) => page.getByRole('link', { name: 'web', exact: true }).waitFor(),
  },
  {
    name: 'console-application',
    path: '/applications/argocd/web',
    async ready(page) {
      await page.getByRole('treeitem', { name: /^Deployment web/ }).click();
      await page.getByRole('complementary').getByText('Deployment').first().waitFor();
    },
  },
  {
    name: 'console-diff',
    path: '/applications/argocd/payments?view=diff',
    colorScheme: 'dark',
    ready: (page) => page.getByRole('grid', { name: 'Differing fields' }).getByText('kubectl-scale').waitFor(),
  },
  {
    name: 'console-rollback',
    path: '/applications/argocd/web?view=history',
    async ready(page) {
      await page.getByRole('button', { name: 'Roll back to this' }).first().click();
      await page.getByLabel(/^Why/).fill('Customers did not like the new greeting');
    },
  },
  {
    name: 'console-verdicts',
    path: '/applications/argocd/ingest?view=verdicts',
    async ready(page) {
      await page.locator('mark').first().waitFor();
    },
  },
  {
    name: 'console-policy',
    path: '/policies/gatekeeper/NoPrivilegedContainers/no-privileged',
    ready: (page) => page.getByText('package noprivilegedcontainers').waitFor(),
  },
  {
    name: 'console-violations',
    path: '/violations?decision=deny&decision=waived&object=in-cluster/apps/Deployment/relay/relay',
    colorScheme: 'dark',
    ready: (page) => page.locator('mark').first().waitFor(),
  },
  {
    name: 'console-waivers',
    path: '/waivers',
    ready: (page) => page.getByRole('link', { name: /violation/ }).waitFor(),
  },
  {
    name: 'console-audit',
    path: '/audit',
    async ready(page) {
      await page.getByRole('button', { name: 'Verify' }).click();
      await page.getByText(/The log is whole/).waitFor();
    },
  },
];

const sekisho = await startSekisho();
try {
  await setConsoleScene(sekisho);
  await setGatesScene(sekisho);
  const browser = await startConsoleBrowser(() => sekisho.server.url);
  try {
    const console = await browser.open('/', { viewport: { width: 1280, height: 800 } });
    await console.signIn(sekisho.server.token);
    for (const { name, path, colorScheme = 'light', ready } of PICTURES) {
      await console.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await console.goto(path);
      await ready(console.page);
      await console.page.locator('.sk-loading').first().waitFor({ state: 'detached' });
      await console.page.waitForTimeout(500);
      const file = join(FOLDER, `${name}.png`);
      await console.page.screenshot({ path: file });
      const { size } = statSync(file);
      process.stderr.write(`${relative(root, file)} ${Math.round(size / 1000)} kB\n`);
      if (size > MAX_BYTES) throw new Error(`${name} is larger than ${MAX_BYTES / 1000} kB`);
    }
  } finally {
    await browser.close();
  }
} finally {
  await sekisho.close();
}
