import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ConsoleBrowser, type ConsolePage, startConsoleBrowser } from '../lib/console-page.ts';
import { configMap, deployment, endlessJob, type FolderApps, folderApps, MANUAL } from '../lib/folder-apps.ts';
import { CONFIG_MAPS, DEPLOYMENTS } from '../lib/resource-types.ts';
import { type Sekisho, startSekisho } from '../lib/sekisho.ts';

let sekisho: Sekisho;
let apps: FolderApps;
let browser: ConsoleBrowser;
let console: ConsolePage;
let page: ConsolePage['page'];

beforeAll(async () => {
  sekisho = await startSekisho();
  apps = await folderApps(sekisho);
  await apps.create(
    'web',
    { 'config.yaml': configMap('web', '1'), 'web.yaml': deployment('web') },
    { syncPolicy: MANUAL },
  );
  await apps.create('orders', { 'config.yaml': configMap('orders', '1') });
  await sekisho.untilGood('orders');
  await sekisho.until('web', ({ status }) => status?.sync.status === 'OutOfSync');
  browser = await startConsoleBrowser(() => sekisho.server.url);
  console = await browser.open('/applications?search=web');
  page = console.page;
});
afterAll(async () => {
  await browser?.close();
  await sekisho?.close();
});

describe('an operator', () => {
  test('is told when the token is wrong', async () => {
    await page.locator('#secret').fill('no token of ours');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByText(/User name, password or token is wrong/).waitFor();
  });

  test('signs in with a token, and lands at the address that was asked for', async () => {
    await console.signIn(sekisho.server.token);
    expect(page.url()).toContain('/applications?search=web');
    const cookies = await console.context.cookies();
    expect(cookies.filter(({ httpOnly }) => httpOnly)).toHaveLength(1);
  });

  test('finds an application, and filters stand in the address', async () => {
    const table = page.getByRole('grid', { name: 'Applications' });
    await table.getByRole('link', { name: 'web', exact: true }).waitFor();
    expect(await table.getByRole('link', { name: 'orders', exact: true }).count()).toBe(0);
    await page.keyboard.press('/');
    await page.keyboard.press('Control+a');
    await page.keyboard.type('ord');
    await table.getByRole('link', { name: 'orders', exact: true }).waitFor();
    await page.waitForURL(/search=ord/);
    await page.getByRole('button', { name: 'Clear all filters' }).click();
    await page.getByRole('button', { name: /1 OutOfSync/ }).click();
    await page.waitForURL(/sync=OutOfSync/);
    await table.getByRole('link', { name: 'web', exact: true }).click();
    await page.getByRole('heading', { name: 'web', exact: true }).waitFor();
  });

  test('tries a sync, which changes nothing, and then syncs', async () => {
    await page.getByText(/somebody must sync it/).waitFor();
    await page.getByRole('button', { name: 'Sync', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Sync web' });
    await dialog.getByText('2 objects created').waitFor();
    await dialog.getByRole('button', { name: 'Try without changing anything' }).click();
    await dialog.getByText('The trial went well; nothing was changed').waitFor();
    expect(await sekisho.kube.getIfExists(DEPLOYMENTS, 'web', 'web')).toBeUndefined();
    await dialog.getByRole('button', { name: 'Sync', exact: true }).click();
    await dialog.waitFor({ state: 'hidden' });
    await page.getByText('The cluster is what git says.').waitFor();
    await page.getByRole('treeitem', { name: /^Deployment web in web/ }).waitFor();
  });

  test('walks the resource graph by keyboard and opens an object', async () => {
    await page.getByRole('treeitem', { name: /^Application web/ }).focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    const panel = page.getByRole('complementary');
    await panel.waitFor();
    await page.waitForURL(/resource=/);
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'hidden' });
  });

  test('sees drift with who caused it, while it happens', async () => {
    await page.getByRole('tab', { name: /^Diff/ }).click();
    await page.getByText('No differences').waitFor();
    await sekisho.kube.patch(CONFIG_MAPS, 'web', 'web', { kind: 'merge', body: { data: { value: 'changed' } } });
    const fields = page.getByRole('grid', { name: 'Differing fields' });
    await fields.getByText('data.value').waitFor();
    await fields.getByText('e2e').waitFor();
    await page.getByRole('button', { name: 'Sync', exact: true }).click();
    await page.getByRole('dialog', { name: 'Sync web' }).getByRole('button', { name: 'Sync', exact: true }).click();
    await page.getByText('No differences').waitFor();
  });

  test('rolls back, with a reason, through git', async () => {
    const good = await apps.repo.git('rev-parse', 'HEAD');
    await apps.push('orders', { 'config.yaml': configMap('orders', '2') });
    await sekisho.untilGood('orders', await apps.repo.git('rev-parse', 'HEAD'));
    await page.goto(new URL('/applications/argocd/orders?view=history', sekisho.server.url).href);
    await page.getByRole('button', { name: 'Roll back to this' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(/^Why/).fill('the second value is wrong');
    await dialog.getByRole('button', { name: 'Roll back', exact: true }).click();
    await page.getByRole('heading', { name: 'orders is rolled back' }).waitFor();
    await apps.repo.git('fetch', '-q');
    expect(await apps.repo.git('log', '-1', '--format=%B', 'origin/main')).toContain('the second value is wrong');
    expect(await apps.repo.git('diff', '--stat', good, 'origin/main', '--', 'orders')).toBe('');
    await apps.repo.git('merge', '-q', '--ff-only', 'origin/main');
    await page.getByRole('button', { name: 'Close', exact: true }).last().click();
  });

  test('stops a sync that hangs, and deletes what is no longer wanted, by its name', async () => {
    await apps.create(
      'stuck',
      { 'job.yaml': endlessJob('before', { 'argocd.argoproj.io/hook': 'PreSync' }) },
      { syncPolicy: MANUAL },
    );
    await sekisho.until('stuck', ({ status }) => status !== undefined);
    await page.goto(new URL('/applications/argocd/stuck', sekisho.server.url).href);
    await page.getByRole('button', { name: 'Refresh', exact: true }).click();
    await page.getByRole('button', { name: 'Sync', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Sync', exact: true }).click();
    await page.getByText(/Syncing since/).waitFor();
    await page.getByRole('button', { name: 'Stop it' }).click();
    await page.getByText(/The last sync failed/).waitFor();
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: /^Delete/ }).click();
    const dialog = page.getByRole('dialog');
    const sure = dialog.getByRole('button', { name: /^Delete it and/ });
    expect(await sure.isDisabled()).toBe(true);
    await dialog.getByLabel('Type stuck to go on').fill('stuck');
    await sure.click();
    await page.waitForURL(/\/applications$/);
    await page.getByRole('link', { name: 'web', exact: true }).waitFor();
    await page.getByRole('link', { name: 'stuck', exact: true }).waitFor({ state: 'hidden' });
  });

  test('finds it all in the audit log, and the chain whole', async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('l');
    const log = page.getByRole('grid', { name: 'Audit log' });
    await log.getByText('application.rollback').first().waitFor();
    await log.getByText('application.sync-dry-run').first().waitFor();
    await page.getByRole('button', { name: 'Verify' }).click();
    await page.getByText(/The log is whole/).waitFor();
  });

  test('signs out, and nothing is shown any more', async () => {
    await page.getByRole('button', { name: 'admin' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: /Sign in to Sekisho/ }).waitFor();
    await page.goto(new URL('/audit', sekisho.server.url).href);
    await page.getByRole('heading', { name: /Sign in to Sekisho/ }).waitFor();
  });

  test('met no error on any page, nor anything that the content security policy refused', () => {
    expect(console.problems).toEqual([]);
  });
});
