import { pathToFileURL } from 'node:url';
import { counterpart } from './counterparts.ts';

// The parts of Playwright that tests use. Its own types are only there once the test programs are installed.

export interface Locator {
  click(options?: { readonly timeout?: number; readonly force?: boolean }): Promise<void>;
  fill(text: string): Promise<void>;
  press(key: string): Promise<void>;
  check(): Promise<void>;
  hover(): Promise<void>;
  focus(): Promise<void>;
  first(): Locator;
  last(): Locator;
  nth(index: number): Locator;
  count(): Promise<number>;
  waitFor(options?: {
    readonly state?: 'visible' | 'hidden' | 'attached' | 'detached';
    readonly timeout?: number;
  }): Promise<void>;
  textContent(): Promise<string | null>;
  innerText(): Promise<string>;
  getAttribute(name: string): Promise<string | null>;
  isVisible(): Promise<boolean>;
  isDisabled(): Promise<boolean>;
  screenshot(options?: { readonly path?: string }): Promise<Uint8Array>;
  evaluate<T>(script: (element: never) => T): Promise<T>;
  getByRole(role: string, options?: RoleOptions): Locator;
  getByText(text: string | RegExp, options?: { readonly exact?: boolean }): Locator;
  getByLabel(text: string | RegExp, options?: { readonly exact?: boolean }): Locator;
  locator(selector: string): Locator;
  filter(options: { readonly hasText: string | RegExp }): Locator;
}

interface RoleOptions {
  readonly name?: string | RegExp;
  readonly exact?: boolean;
  readonly pressed?: boolean;
  readonly expanded?: boolean;
}

export interface CdpSession {
  send(method: string, params?: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>>;
}

export interface Page {
  goto(url: string, options?: { readonly waitUntil?: 'commit' | 'domcontentloaded' | 'load' }): Promise<unknown>;
  reload(): Promise<unknown>;
  url(): string;
  title(): Promise<string>;
  content(): Promise<string>;
  close(): Promise<void>;
  /** Runs in the page; the function may use nothing from outside but its argument. */
  evaluate<T, A = undefined>(script: string | ((argument: A) => T | Promise<T>), argument?: A): Promise<T>;
  addInitScript(script: string | { readonly path: string }): Promise<void>;
  addScriptTag(script: { readonly path: string }): Promise<unknown>;
  waitForFunction<A = undefined>(
    script: string | ((argument: A) => unknown),
    argument?: A,
    options?: { readonly timeout?: number },
  ): Promise<unknown>;
  waitForURL(url: string | RegExp | ((url: URL) => boolean), options?: { readonly timeout?: number }): Promise<void>;
  waitForTimeout(ms: number): Promise<void>;
  screenshot(options?: { readonly path?: string; readonly fullPage?: boolean }): Promise<Uint8Array>;
  setViewportSize(size: { readonly width: number; readonly height: number }): Promise<void>;
  emulateMedia(media: { readonly colorScheme?: 'light' | 'dark'; readonly reducedMotion?: 'reduce' }): Promise<void>;
  getByRole(role: string, options?: RoleOptions): Locator;
  getByText(text: string | RegExp, options?: { readonly exact?: boolean }): Locator;
  getByLabel(text: string | RegExp, options?: { readonly exact?: boolean }): Locator;
  locator(selector: string): Locator;
  on(event: 'console', listener: (message: { type(): string; text(): string }) => void): void;
  on(event: 'pageerror', listener: (error: Error) => void): void;
  on(event: 'requestfailed', listener: (request: { url(): string }) => void): void;
  readonly keyboard: {
    press(key: string): Promise<void>;
    type(text: string, options?: { readonly delay?: number }): Promise<void>;
  };
  readonly mouse: { wheel(x: number, y: number): Promise<void>; move(x: number, y: number): Promise<void> };
  context(): BrowserContext;
}

export interface BrowserContext {
  newPage(): Promise<Page>;
  newCDPSession(page: Page): Promise<CdpSession>;
  setOffline(offline: boolean): Promise<void>;
  setDefaultTimeout(ms: number): void;
  cookies(): Promise<{ readonly name: string; readonly value: string; readonly httpOnly: boolean }[]>;
  clearCookies(): Promise<void>;
  close(): Promise<void>;
}

export interface Browser {
  newContext(options?: {
    readonly viewport?: { readonly width: number; readonly height: number };
    readonly colorScheme?: 'light' | 'dark';
    readonly deviceScaleFactor?: number;
    readonly reducedMotion?: 'reduce';
    readonly locale?: string;
    readonly timezoneId?: string;
  }): Promise<BrowserContext>;
  version(): string;
  close(): Promise<void>;
}

interface Chromium {
  readonly args: string[];
  executablePath(): Promise<string>;
}
interface Playwright {
  readonly chromium: {
    launch(options: {
      executablePath: string;
      args: readonly string[];
      headless: boolean;
      env?: NodeJS.ProcessEnv;
    }): Promise<Browser>;
  };
}

/**
 * The package's flags are for a cloud function. People's browsers have one process per page and the web's security, and
 * draw without a graphics card by plain software: an emulated card stalls for seconds.
 */
const NOT_OF_A_BROWSER =
  /^--(?:single-process|no-zygote|disable-web-security|allow-running-insecure-content|disable-site-isolation-trials|ignore-gpu-blocklist|in-process-gpu|use-gl=.*|use-angle=.*|enable-unsafe-swiftshader)$/;

/**
 * A real Chromium without a window. Needs no packages of the system: what it links to is unpacked beside it.
 *
 * @throws SekishoError COUNTERPART_MISSING
 */
export async function startChromium(): Promise<Browser> {
  // Read when the module loads: with it the package brings its own libraries instead of asking for the system's.
  process.env['AWS_EXECUTION_ENV'] ??= 'AWS_Lambda_nodejs20.x';
  const { default: chromium } = await load<{ default: Chromium }>('@sparticuz', 'chromium', 'build', 'esm', 'index.js');
  const { default: playwright } = await load<{ default: Playwright }>('playwright-core', 'index.js');
  const executablePath = await chromium.executablePath();
  return playwright.chromium.launch({
    executablePath,
    args: [...chromium.args.filter((arg) => !NOT_OF_A_BROWSER.test(arg)), '--disable-gpu'],
    headless: true,
  });
}

function load<T>(...path: string[]): Promise<T> {
  return import(pathToFileURL(counterpart(...path)).href) as Promise<T>;
}

/** The accessibility checker's script, for {@link Page.addScriptTag}. */
export function axePath(): string {
  return counterpart('axe-core', 'axe.min.js');
}
