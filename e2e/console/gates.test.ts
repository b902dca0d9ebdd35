import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ConsoleBrowser, type ConsolePage, inBothThemes, startConsoleBrowser } from '../lib/console-page.ts';
import { eventually } from '../lib/eventually.ts';
import { type FolderApps, folderApps } from '../lib/folder-apps.ts';
import { applyUntilKnown, gatesExample, privileged } from '../lib/gates-scene.ts';
import { type Sekisho, startSekisho } from '../lib/sekisho.ts';

let sekisho: Sekisho;
let apps: FolderApps;
let browser: ConsoleBrowser;
let admin: ConsolePage;
let page: ConsolePage['page'];

const PRIVILEGED = privileged('web');

beforeAll(async () => {
  sekisho = await startSekisho();
  apps = await folderApps(sekisho, 'shop');
  const commit = await apps.create('legacy', { 'web.yaml': PRIVILEGED });
  await sekisho.untilGood('legacy', commit);
  browser = await startConsoleBrowser(() => sekisho.server.url);
  admin = await browser.open('/policies');
  page = admin.page;
  await admin.signIn(sekisho.server.token);
});
afterAll(async () => {
  await browser?.close();
  await sekisho?.close();
});

const apply = (yaml: string) => applyUntilKnown(sekisho, yaml);

const violations = () => page.getByRole('grid', { name: 'Violations' });

describe('without a policy', () => {
  test.each(['/policies', '/violations', '/applications/argocd/legacy?view=verdicts'])(
    '%s says how to get the first one',
    async (path) => {
      await admin.goto(path);
      await page.getByRole('heading', { name: 'No policies yet' }).waitFor();
      await page.getByText('kubectl apply -f examples/gates/first-policy.yaml').waitFor();
    },
  );

  test('the first one appears by itself, and what breaks it', async () => {
    await admin.goto('/violations');
    await page.getByRole('heading', { name: 'No policies yet' }).waitFor();
    await apply(await gatesExample('first-policy.yaml'));
    await violations().getByRole('button', { name: 'web', exact: true }).first().waitFor({ timeout: 60_000 });
  });
});

describe('with policies', () => {
  beforeAll(async () => {
    await apply(await gatesExample('policies/privileged.yaml'));
    await apply(await gatesExample('policies/waivers.yaml'));
  });

  test('the list says what each asks, where, and how much breaks it', async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('r');
    const policies = page.getByRole('grid', { name: 'Policies' });
    const privileged = policies.getByRole('row').filter({ hasText: 'No privileged containers' });
    await privileged.getByText('Denies', { exact: true }).waitFor();
    await privileged.getByText('Admission').waitFor();
    await privileged.getByRole('link', { name: /denied/ }).waitFor();
    await page.getByRole('button', { name: /Warns/ }).click();
    await page.waitForURL(/action=warn/);
    await privileged.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Clear all filters' }).click();
    await privileged.getByRole('link', { name: 'No privileged containers' }).click();
    await page.waitForURL(/\/policies\/gatekeeper\/NoPrivilegedContainers\/no-privileged$/);
  });

  test('a policy shows its text, its gates, its history and who breaks it', async () => {
    await page.getByRole('heading', { name: 'No privileged containers', exact: true }).waitFor();
    await page.getByLabel('Where it is enforced').getByText('before a sync, over what git says').waitFor();
    await page.getByLabel('Who breaks it').getByRole('link', { name: 'web', exact: true }).first().waitFor();
    const source = page.getByLabel('Source', { exact: true });
    await source.getByText('package noprivilegedcontainers').waitFor();
    await source.getByRole('tab', { name: /NoPrivilegedContainers no-privileged/ }).click();
    await page.waitForURL(/file=/);
    await source.getByText('enforcementAction: deny').waitFor();
    const slider = page.getByRole('slider', { name: 'Violations over time' });
    const today = await slider.getAttribute('aria-valuetext');
    await slider.focus();
    await page.keyboard.press('ArrowLeft');
    await eventually(async () => ((await slider.getAttribute('aria-valuetext')) === today ? undefined : true));
    await page.getByRole('button', { name: '7 days' }).click();
    await page.waitForURL(/days=7/);
  });

  test('violations are grouped, filtered and searched, and all of it stands in the address', async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('v');
    await violations()
      .getByText(/privileged/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Group', exact: true }).click();
    await page.getByRole('option', { name: 'Policy', exact: true }).click();
    await page.waitForURL(/by=policy/);
    const groups = page.getByRole('grid', { name: 'Groups of violations' });
    await groups.getByRole('link', { name: 'No privileged containers' }).click();
    await page.waitForURL(/policy=gatekeeper/);
    await page.getByRole('button', { name: /Denied/ }).click();
    await page.waitForURL(/decision=deny/);
    await page.keyboard.press('/');
    await page.keyboard.type('deployment');
    await page.waitForURL(/q=deployment/);
    await violations().getByRole('button', { name: 'web', exact: true }).waitFor();
    const other = await browser.open(new URL(page.url()).pathname + new URL(page.url()).search);
    await other.signIn(sekisho.server.token);
    await other.page.getByText('1 violation', { exact: true }).waitFor();
    await other.context.close();
  });

  test('an object shows all that is said of it, with the line and the fix', async () => {
    await violations().getByRole('button', { name: 'web', exact: true }).click();
    const panel = page.getByRole('complementary');
    await panel.getByText(/container main of web is privileged/).waitFor();
    await panel.locator('mark').first().waitFor();
    expect(await panel.locator('mark').first().innerText()).toContain('privileged: true');
    await panel.getByText('Fix').first().waitFor();
    await page.waitForURL(/object=/);
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'hidden' });
    await admin.goto('/applications/argocd/legacy?view=list&resource=apps/Deployment/legacy/web&part=verdicts');
    await panel.getByText(/container main of web is privileged/).waitFor();
    await panel.locator('mark').first().waitFor();
  });

  test('an application that policies deny says so, by which policy, at which line', async () => {
    const commit = await apps.create('web', { 'web.yaml': PRIVILEGED });
    await admin.goto('/applications');
    const row = page
      .getByRole('grid', { name: 'Applications' })
      .getByRole('row')
      .filter({ hasText: commit.slice(0, 7) });
    await page
      .getByRole('button', { name: /Denied/ })
      .first()
      .click();
    await page.waitForURL(/gate=deny/);
    await page.getByRole('grid', { name: 'Applications' }).getByRole('link', { name: 'web', exact: true }).waitFor();
    await row.first().waitFor();
    await admin.goto('/applications/argocd/web');
    await page.getByText('Denied by policy: no sync begins').waitFor();
    await page.getByRole('link', { name: 'All verdicts' }).click();
    await page.waitForURL(/view=verdicts/);
    await page.getByText('web/web.yaml:15:', { exact: false }).first().waitFor();
    await page.locator('mark').first().waitFor();
    expect(await page.locator('mark').first().innerText()).toContain('privileged: true');
    await page.getByText('Must it be so for a while?').first().click();
    await page.getByText(/sekisho waiver create web -n web --policy NoPrivilegedContainers/).waitFor();
  });

  test('a waiver shows when it ends and what it covers, and violations change while they are looked at', async () => {
    await admin.goto('/waivers');
    await page.getByRole('heading', { name: 'No waivers' }).waitFor();
    await admin.goto('/violations?decision=deny&policy=gatekeeper/NoPrivilegedContainers/no-privileged');
    await violations().getByRole('button', { name: 'web', exact: true }).waitFor();
    await page.evaluate('document.body.dataset.visit = "same"');
    const inThreeDays = new Date(Date.now() + 3 * 86_400_000).toISOString();
    await apply(
      (await gatesExample('waivers/web.yaml'))
        .replace('namespace: web', 'namespace: legacy')
        .replace(/2030-12-31T\S+/, inThreeDays),
    );
    await page.getByRole('heading', { name: 'No violation matches' }).waitFor();
    expect(await page.evaluate('document.body.dataset.visit')).toBe('same');
    await page.keyboard.press('g');
    await page.keyboard.press('w');
    const waiver = page
      .getByRole('grid', { name: 'Waivers' })
      .getByRole('row')
      .filter({ hasText: 'web-sees-the-node' });
    await waiver.getByText('Expires soon').waitFor();
    await waiver.getByText('in 2 days').waitFor();
    await waiver.getByRole('link', { name: /violation/ }).click();
    await violations().getByText('Waived').first().waitFor();
  });
});

const PLACES: readonly (readonly [string, string])[] = [
  ['/policies', 'Policies'],
  ['/policies/gatekeeper/NoPrivilegedContainers/no-privileged', 'No privileged containers'],
  ['/policies/nothing/like-it', 'There is no such policy'],
  ['/violations', 'Violations'],
  ['/violations?by=application', 'Violations'],
  ['/waivers', 'Waivers'],
  ['/applications/argocd/legacy?view=verdicts', 'legacy'],
];

describe('for everybody', () => {
  test.each(PLACES)('%s has no accessibility problem', async (path, heading) => {
    await admin.goto(path);
    await page.getByRole('heading', { name: heading, exact: true }).first().waitFor();
    await page.locator('.sk-loading').first().waitFor({ state: 'detached' });
    expect(await inBothThemes(admin)).toEqual([]);
  });

  test('no page threw, or asked for what the content security policy refuses', () => {
    expect(admin.problems).toEqual([]);
  });
});
