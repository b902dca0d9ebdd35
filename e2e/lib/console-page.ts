import { readFile } from 'node:fs/promises';
import { axePath, type Browser, type BrowserContext, type Page, startChromium } from '@sekisho/testkit';

export interface ConsoleOptions {
  readonly colorScheme?: 'light' | 'dark';
  readonly viewport?: { readonly width: number; readonly height: number };
}

/** A browser whose pages tell on themselves: whatever the console logs as an error or throws is kept. */
export interface ConsoleBrowser {
  /** A new session of the browser, at this path of the server. */
  open(path: string, options?: ConsoleOptions): Promise<ConsolePage>;
  close(): Promise<void>;
}

export interface ConsolePage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors so far, refused by the content security policy or thrown. */
  readonly problems: readonly string[];
  /** With a token, or as a local account. */
  signIn(who: string | { readonly username: string; readonly password: string }): Promise<void>;
  /** Goes to a path of the server. */
  goto(path: string): Promise<void>;
  /** What the accessibility checker finds, by these rules (default: all of WCAG 2.1 A and AA): one line for each that is broken. */
  accessibilityProblems(rules?: readonly string[]): Promise<string[]>;
}

/** Answers that pages ask for and show: who is signed in, what may I do, files that are wrong, a receiver that is away. */
const EXPECTED = /the server responded with a status of (?:40[134]|422|502)/;

export async function startConsoleBrowser(baseUrl: () => string): Promise<ConsoleBrowser> {
  const browser: Browser = await startChromium();
  const axe = await readFile(axePath(), 'utf8');
  return {
    close: () => browser.close(),
    async open(path, options = {}) {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
      context.setDefaultTimeout(15_000);
      const page = await context.newPage();
      const problems: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error' && !EXPECTED.test(message.text())) problems.push(message.text());
      });
      page.on('pageerror', (error) => problems.push(String(error.stack ?? error)));
      await page.goto(new URL(path, baseUrl()).href);
      return {
        page,
        context,
        problems,
        async goto(target) {
          await page.goto(new URL(target, baseUrl()).href);
        },
        async signIn(who) {
          await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
          const way = page.getByRole('button', { name: typeof who === 'string' ? 'Token' : 'Password', exact: true });
          if (await way.isVisible()) await way.click();
          if (typeof who !== 'string') await page.locator('#username').fill(who.username);
          await page.locator('#secret').fill(typeof who === 'string' ? who : who.password);
          await page.getByRole('button', { name: 'Sign in', exact: true }).click();
          // The first session of a server waits until its store is open.
          await page.getByRole('button', { name: 'Menu', exact: true }).waitFor({ timeout: 60_000 });
        },
        async accessibilityProblems(rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']) {
          // Through the debugger: the page's own policy lets nobody add scripts.
          if (!(await page.evaluate<boolean>(`'axe' in window`))) await page.evaluate(axe);
          return page.evaluate<string[]>(`
            axe.run(document, { runOnly: ${JSON.stringify(rules)} }).then(({ violations }) =>
              violations.map(({ id, help, nodes }) =>
                id + ': ' + help + ' (' + nodes.slice(0, 3).map((node) => node.html.slice(0, 200) + ' ' + (node.any[0]?.message ?? '')).join(' | ') + ')'))`);
        },
      };
    },
  };
}

/** Accessibility problems: everything in the light theme; in the dark one what differs there, the colours. */
export async function inBothThemes({ page: shown, accessibilityProblems }: ConsolePage): Promise<string[]> {
  await wear('light');
  const light = await accessibilityProblems();
  await wear('dark');
  return [...light, ...(await accessibilityProblems(['color-contrast'])).map((problem) => `dark: ${problem}`)];

  /** Colours change softly: what is between two themes is neither. */
  async function wear(colorScheme: 'light' | 'dark'): Promise<void> {
    await shown.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await shown.evaluate(`new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
      .then(() => Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => {}))))
      .then(() => undefined)`);
  }
}
