import { get } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ConsoleBrowser, type ConsolePage, inBothThemes, startConsoleBrowser } from '../lib/console-page.ts';
import { setConsoleScene, VIEWER } from '../lib/console-scene.ts';
import { eventually } from '../lib/eventually.ts';
import { configMap, type FolderApps } from '../lib/folder-apps.ts';
import { CONFIG_MAPS } from '../lib/resource-types.ts';
import { type Sekisho, startSekisho } from '../lib/sekisho.ts';

let sekisho: Sekisho;
let apps: FolderApps;
let browser: ConsoleBrowser;
let admin: ConsolePage;
let page: ConsolePage['page'];

beforeAll(async () => {
  sekisho = await startSekisho();
  apps = await setConsoleScene(sekisho);
  browser = await startConsoleBrowser(() => sekisho.server.url);
  admin = await browser.open('/');
  page = admin.page;
  await admin.signIn(sekisho.server.token);
});
afterAll(async () => {
  await browser?.close();
  await sekisho?.close();
});

const table = () => page.getByRole('grid', { name: 'Applications' });
const link = (name: string) => table().getByRole('link', { name, exact: true });

describe('the first page', () => {
  test('needs less than 300 kB', async () => {
    const stranger = await browser.open('/');
    await stranger.page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
    const urls = await stranger.page.evaluate<string[]>(
      `[location.href, ...performance.getEntriesByType('resource').map(({ name }) => name)]`,
    );
    await stranger.context.close();
    const sizes = await Promise.all(
      urls.filter((url) => !url.includes('/api/')).map(async (url) => `${await bytesOf(url)} ${url}`),
    );
    const total = sizes.reduce((sum, line) => sum + Number.parseInt(line, 10), 0);
    expect(sizes.length).toBeGreaterThan(3);
    expect(total, sizes.join('\n')).toBeLessThan(300_000);
  });
});

/** As it comes over the wire. */
function bytesOf(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { accept: 'text/html,*/*', 'accept-encoding': 'br, gzip' };
    get(url, { headers }, (answer) => {
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      answer.on('end', () => resolve(bytes));
    }).on('error', reject);
  });
}

describe('the overview', () => {
  test('says whether everything is all right, and leads to what is not', async () => {
    await page.getByText(/degraded or missing/).waitFor();
    await page.getByText(/1 field drifted/).waitFor();
    await page.getByRole('link', { name: 'payments', exact: true }).first().click();
    await page.getByRole('heading', { name: 'payments', exact: true }).waitFor();
    await page.getByText(/auto-sync leaves that alone: self-heal is off/).waitFor();
  });
});

describe('the list', () => {
  test('is sorted and filtered by the keyboard, and its address opens the same list for somebody else', async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('a');
    await link('web').waitFor();
    const sort = page.getByRole('button', { name: 'Name', exact: true });
    await sort.focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/sort=-name/);
    await eventually(async () => {
      const names = await table()
        .getByRole('link', { name: /^(catalog|orders|payments|reports|search|web)$/ })
        .first()
        .innerText();
      return names === 'web' ? true : undefined;
    });
    await page.getByRole('button', { name: /^Project/ }).click();
    await page.getByRole('menuitem', { name: /^shop/ }).click();
    await page.keyboard.press('Escape');
    await page.waitForURL(/project=shop/);
    await link('reports').waitFor({ state: 'hidden' });
    const other = await browser.open(new URL(page.url()).pathname + new URL(page.url()).search);
    await other.signIn(VIEWER);
    await other.page.getByText('5 applications', { exact: true }).waitFor();
    await other.context.close();
  });

  test('says how to get out of a filter that nothing fits', async () => {
    await admin.goto('/applications?search=nothing-like-it');
    await page.getByRole('heading', { name: 'No application matches' }).waitFor();
    await page.getByRole('button', { name: 'Clear all filters' }).last().click();
    await link('web').waitFor();
  });

  test('changes in place while things happen, and says when it does not', async () => {
    await admin.goto('/applications');
    await link('orders').waitFor();
    await page.evaluate('document.body.dataset.visit = "same"');
    const commit = await apps.push('orders', { 'extra.yaml': configMap('extra', '1') });
    await table().getByText(commit.slice(0, 7)).waitFor();
    expect(await page.evaluate('document.body.dataset.visit')).toBe('same');
    await admin.context.setOffline(true);
    await page.getByText('Not live').waitFor();
    await page.getByText(/stopped sending changes/).waitFor();
    await admin.context.setOffline(false);
    await page.getByText('Live', { exact: true }).waitFor();
  });
});

describe('an application', () => {
  test('shows its resources, events and the log of a simulated pod', async () => {
    await admin.goto('/applications/argocd/web');
    await page.getByRole('treeitem', { name: /^Deployment web/ }).click();
    const panel = page.getByRole('complementary');
    await panel.getByText('Deployment').first().waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('tab', { name: 'List' }).click();
    await page.getByRole('grid', { name: 'Resources' }).getByText('ReplicaSet').first().waitFor();
    await page.getByRole('tab', { name: 'Events' }).click();
    await page.getByText('OperationCompleted').first().waitFor();
    await page.getByRole('tab', { name: 'Logs' }).click();
    await page.getByText(/no process runs on this node/).waitFor();
  });

  test('whose files are wrong says where', async () => {
    await admin.goto('/applications/argocd/reports');
    await page
      .getByText(/reports\.yaml:3:12/)
      .first()
      .waitFor();
    await page.getByRole('tab', { name: /^Diff/ }).click();
    await page.getByRole('button', { name: 'Try again' }).waitFor();
  });

  test('that is not there says so', async () => {
    await admin.goto('/applications/argocd/nobody');
    await page.getByRole('heading', { name: 'There is no application nobody' }).waitFor();
  });
});

describe('projects, audit and settings', () => {
  test('a project shows its rules and leads to its applications', async () => {
    await admin.goto('/projects');
    await page.getByRole('link', { name: 'shop', exact: true }).click();
    await page.getByText('The web shop and what it needs').waitFor();
    await page.getByText('p, proj:shop:ci, applications, sync, shop/*, allow').waitFor();
    await page.getByText('0 3 1 1 *').waitFor();
    await page.getByRole('link', { name: 'Its applications' }).click();
    await page.waitForURL(/project=shop/);
  });

  test('the audit log is filtered, and an entry shows its place in the chain', async () => {
    await admin.goto('/audit');
    const log = page.getByRole('grid', { name: 'Audit log' });
    await log.getByText('account.update-password').waitFor();
    await page.getByLabel('Action', { exact: true }).fill('repository.push');
    await page.waitForURL(/action=repository.push/);
    await log.getByText('account.update-password').waitFor({ state: 'hidden' });
    await log.getByText('repository.push').first().waitFor();
    await page.getByRole('button', { name: 'Details' }).first().click();
    await page.getByLabel('Place in the chain').first().waitFor();
  });

  test('a notification that can not be delivered says why', async () => {
    const metadata = { name: 'argocd-notifications-cm', namespace: 'argocd' };
    // Nobody listens at the port for discarded data.
    const data = { 'service.webhook.pager': 'url: http://127.0.0.1:9/pager\n' };
    await sekisho.kube.create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
    await admin.goto('/settings?view=notifications');
    await page.getByRole('grid', { name: 'Services' }).getByText('pager').waitFor();
    await page.getByRole('button', { name: 'Send a test message' }).click();
    await page.getByRole('heading', { name: /Not delivered/ }).waitFor();
  });

  test('settings show repositories, accounts and how one signed in', async () => {
    await admin.goto('/settings');
    await page.getByText('embedded:shop').first().waitFor();
    await page.getByRole('tab', { name: 'Accounts and tokens' }).click();
    await page.getByRole('heading', { name: 'alice' }).waitFor();
    await page.getByRole('tab', { name: 'Sign-in' }).click();
    await page.getByText(/Local accounts/).waitFor();
    await page.getByRole('tab', { name: 'Roles' }).click();
    await page
      .getByText(/lines of policy.csv/)
      .first()
      .waitFor();
  });
});

describe('somebody who may only look', () => {
  let viewer: ConsolePage;
  beforeAll(async () => {
    viewer = await browser.open('/applications/argocd/web?view=history');
  });

  test('is told when the password is wrong, and comes in with the right one', async () => {
    await viewer.page.getByRole('button', { name: 'Password', exact: true }).click();
    await viewer.page.locator('#username').fill(VIEWER.username);
    await viewer.page.locator('#secret').fill('a guess');
    await viewer.page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await viewer.page.getByText(/User name, password or token is wrong/).waitFor();
    await viewer.signIn(VIEWER);
    await viewer.page.getByRole('heading', { name: 'web', exact: true }).waitFor();
  });

  test('sees what is not allowed, and why', async () => {
    const sync = viewer.page.getByRole('button', { name: 'Sync', exact: true });
    await viewer.page.locator('button[aria-disabled=true]').first().waitFor();
    expect(await sync.getAttribute('aria-disabled')).toBe('true');
    await sync.hover();
    await viewer.page
      .getByText(/alice may not sync applications in shop\/web/)
      .first()
      .waitFor();
    const back = viewer.page.getByRole('button', { name: 'Roll back to this' }).first();
    expect(await back.getAttribute('aria-disabled')).toBe('true');
    await viewer.page.getByRole('button', { name: 'More actions' }).click();
    await viewer.page.getByText(/alice may not delete applications/).waitFor();
    await viewer.page.keyboard.press('Escape');
  });

  test('does not see what is not for them', async () => {
    await viewer.goto('/applications');
    await viewer.page.getByRole('link', { name: 'web', exact: true }).waitFor();
    expect(await viewer.page.getByRole('link', { name: 'reports', exact: true }).count()).toBe(0);
    await viewer.goto('/audit');
    await viewer.page.getByRole('heading', { name: 'You may not see this' }).waitFor();
    await viewer.goto('/applications/argocd/reports');
    await viewer.page.getByRole('heading', { name: 'You may not see this' }).waitFor();
  });

  test('can not be made to change something by another page', async () => {
    const status = await viewer.page.evaluate<number>(
      `fetch('/api/v1/session', { method: 'DELETE' }).then((answer) => answer.status)`,
    );
    expect(status).toBe(403);
  });

  test('is asked to sign in again when the session has ended, and stays where they were', async () => {
    await viewer.goto('/applications?search=web');
    await viewer.page.getByRole('link', { name: 'web', exact: true }).waitFor();
    await viewer.context.clearCookies();
    await viewer.page.getByRole('link', { name: 'web', exact: true }).click();
    await viewer.page.getByRole('heading', { name: /Sign in to Sekisho/ }).waitFor();
    await viewer.signIn(VIEWER);
    await viewer.page.getByRole('heading', { name: 'web', exact: true }).waitFor();
    expect(viewer.problems).toEqual([]);
  });
});

const PLACES: readonly (readonly [string, string])[] = [
  ['/', 'Overview'],
  ['/applications', 'Applications'],
  ['/applications?view=tiles', 'Applications'],
  ['/applications/argocd/web', 'web'],
  ['/applications/argocd/payments?view=diff', 'payments'],
  ['/applications/argocd/web?view=history', 'web'],
  ['/applications/argocd/reports?view=events', 'reports'],
  ['/projects', 'Projects'],
  ['/projects/shop', 'shop'],
  ['/audit', 'Audit'],
  ['/settings?view=tokens', 'Settings'],
  ['/settings?view=notifications', 'Settings'],
  ['/nowhere', 'There is nothing at this address'],
];

describe('for everybody', () => {
  test.each(PLACES)('%s has no accessibility problem', async (path, heading) => {
    await admin.goto(path);
    await page.getByRole('heading', { name: heading, exact: true }).first().waitFor();
    await page.locator('.sk-loading').waitFor({ state: 'detached' });
    expect(await inBothThemes(admin)).toEqual([]);
  });

  test('nor has a dialog, or the sign-in page', async () => {
    await admin.goto('/applications/argocd/search');
    await page.getByRole('button', { name: 'Sync', exact: true }).click();
    await page.getByRole('dialog').getByText('objects created').waitFor();
    expect(await inBothThemes(admin)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    expect(await inBothThemes(admin)).toEqual([]);
    await page.keyboard.press('Escape');
    const stranger = await browser.open('/');
    await stranger.page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
    expect(await inBothThemes(stranger)).toEqual([]);
    await stranger.context.close();
  });

  test('the keyboard comes past the menu by one key, and sees where it is', async () => {
    await admin.goto('/applications');
    await link('web').waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
  });

  test('no page threw, or asked for what the content security policy refuses', () => {
    expect(admin.problems.filter((problem) => !problem.includes('ERR_INTERNET_DISCONNECTED'))).toEqual([]);
  });
});
