import { request } from 'node:http';
import { cpus } from 'node:os';
import { gunzipSync } from 'node:zlib';
import { mapConcurrent, sleep } from '@sekisho/base';
import type { ResourceType } from '@sekisho/client';
import type { KubeObject } from '@sekisho/kube';
import { type CdpSession, type Page, startChromium } from '@sekisho/testkit';
import { rendererMemoryMiB } from './lib/browser-process.ts';
import { figure, percentile, range } from './lib/figures.ts';
import { type ServerProcess, startServerProcess } from './lib/server-process.ts';
import type { Figure, Run } from './shape.ts';

const APPLICATIONS: ResourceType = {
  group: 'argoproj.io',
  version: 'v1alpha1',
  resource: 'applications',
  kind: 'Application',
  namespaced: true,
};
const TEAMS = 20;
/** Changes each second that the page is given, one after the other until it no longer follows. */
const RATES = [50, 100, 200, 400, 800];
const RATE_SECONDS = 4;
const MAX_FRAME_MS = 100;

/**
 * 10,000 applications (or as many as the first argument says) in a real server, looked at by its API and by a real
 * Chromium. They have a folder of git each and are never synced: what is measured is the console, not the syncing.
 */
export const run: Run = async ({ root, args, signal, progress }) => {
  const count = Number(args[0] ?? 10_000);
  const server = await startServerProcess(root);
  try {
    progress(`making ${count} applications …`);
    const begun = performance.now();
    await makeApplications(server, count, signal);
    await settled(server, count, signal, progress);
    const setupSeconds = (performance.now() - begun) / 1000;
    const figures = [...(await measureApi(server)), ...(await measureBrowser(server, count, signal, progress))];
    figures.push(figure('server: peak RSS', server.memory().peakMiB, 'MiB'));
    return {
      figures,
      setting: {
        applications: count,
        'seconds to make and compare them': Math.round(setupSeconds),
        node: process.version,
        processors: cpus().length,
        processor: cpus()[0]?.model ?? '',
      },
    };
  } finally {
    await server.stop();
  }
};

async function makeApplications(server: ServerProcess, count: number, signal: AbortSignal): Promise<void> {
  const files = Object.fromEntries(range(TEAMS).map((i) => [`apps/team-${i}/config.yaml`, CONFIG_MAP]));
  await server.clone('console', files);
  await mapConcurrent(range(count), 32, (i) => server.kube.create(APPLICATIONS, application(i), { signal }));
}

/** All were compared with git, so that nothing but the console keeps the processors busy. */
async function settled(server: ServerProcess, count: number, signal: AbortSignal, progress: (line: string) => void) {
  for (let last = -1; ; ) {
    const list = (await ask(server, '/api/v1/applications?limit=1')).body as ListAnswer;
    const waiting = count - list.total + (list.facets.sync.find(({ value }) => value === 'Unknown')?.count ?? 0);
    if (waiting === 0) return;
    if (Math.floor(waiting / 2000) !== last) progress(`${waiting} wait to be compared`);
    last = Math.floor(waiting / 2000);
    await sleep(500, { signal });
  }
}

async function measureApi(server: ServerProcess): Promise<Figure[]> {
  const asked: [string, string, number][] = [
    ['first page of the list', '/api/v1/applications?limit=100', 100],
    ['filtered by namespace and state', '/api/v1/applications?limit=100&namespace=team-3&health=Missing', 100],
    ['searched', '/api/v1/applications?limit=100&search=app-77', 100],
    ['sorted by age', '/api/v1/applications?limit=100&sort=-age', 100],
    ['one application', '/api/v1/applications/argocd/app-00042', 100],
  ];
  const figures: Figure[] = [];
  for (const [name, path, goal] of asked) {
    const answers: Answer[] = [];
    // The first answers find cold code; a console that is open all day does not.
    const cpuBefore = server.cpuSeconds();
    for (let i = 0; i < 30; i++) answers.push(await ask(server, path));
    const cpuMs = ((server.cpuSeconds() - cpuBefore) * 1000) / answers.length;
    const times = answers.map(({ ms }) => ms);
    figures.push(figure(`server: ${name}, first time`, times[0] ?? Number.NaN, 'ms'));
    figures.push(figure(`server: ${name}, p95 of 30`, percentile(times, 95), 'ms', goal));
    figures.push(figure(`server: ${name}, processor time`, cpuMs, 'ms'));
    figures.push(figure(`server: ${name}, bytes sent`, (answers[0]?.bytes ?? 0) / 1000, 'kB'));
  }
  return figures;
}

async function measureBrowser(
  server: ServerProcess,
  count: number,
  signal: AbortSignal,
  progress: (line: string) => void,
): Promise<Figure[]> {
  progress('browser …');
  const browser = await startChromium();
  try {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    context.setDefaultTimeout(60_000);
    const page = await context.newPage();
    await page.addInitScript(COUNT_EVENTS);
    const devtools = await context.newCDPSession(page);
    const go = (path: string) => page.goto(new URL(path, server.url).href, { waitUntil: 'commit' });
    await go('/applications');
    await page.getByRole('button', { name: 'Token', exact: true }).click();
    await page.locator('#secret').fill(server.token);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.locator('.sk-table td a').first().waitFor();

    const figures: Figure[] = [];
    figures.push(figure('browser: bytes from the first visit to the list', await kilobytesOf(page, server), 'kB', 600));
    await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
    await devtools.send('Network.enable');
    await devtools.send('Network.setCacheDisabled', { cacheDisabled: true });
    const cold = await open(page, () => go('/applications'));
    figures.push(figure('browser: list to first rows and idle, nothing cached', cold, 'ms', 2500));
    await devtools.send('Network.setCacheDisabled', { cacheDisabled: false });
    await open(page, () => go('/applications'));
    const warm = await open(page, () => go('/applications'));
    figures.push(figure('browser: the same, program cached', warm, 'ms', 1000));

    const total = `${count.toLocaleString('en')} applications`;
    await page.getByText(total, { exact: true }).waitFor();
    const act = async (name: string, goal: number, script: string) => {
      const before = await mainThreadMs(devtools);
      const ms = await page.evaluate<number>(UNTIL_SETTLED(script));
      figures.push(figure(`browser: ${name}`, ms, 'ms', goal));
      figures.push(figure(`browser: processor time of it`, (await mainThreadMs(devtools)) - before, 'ms'));
    };
    await act('click to list filtered by a state', 300, `document.querySelector('.sk-chip').click()`);
    await act('click to filter taken back', 300, `document.querySelector('.sk-chip').click()`);
    await act(
      'click to list sorted by name, from the end',
      300,
      `document.querySelector('.sk-table th button').click()`,
    );
    await act('click to application opened', 1000, `document.querySelector('.sk-table td a').click()`);
    await go('/applications');
    await page.locator('.sk-table td a').first().waitFor();

    progress('scrolling to the end …');
    const longest = await page.evaluate<number>(SCROLL_TO_END);
    figures.push(figure('browser: longest frame while scrolling through all of them', longest, 'ms', 200));
    await sleep(500, { signal });
    await devtools.send('HeapProfiler.collectGarbage');
    const { metrics } = (await devtools.send('Performance.getMetrics')) as {
      metrics: { name: string; value: number }[];
    };
    const heap = metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? Number.NaN;
    figures.push(figure('browser: JavaScript heap with all of them read', heap / 1024 / 1024, 'MiB', 100));
    const process = rendererMemoryMiB();
    if (process !== undefined) figures.push(figure("browser: memory of the page's process", process, 'MiB', 250));

    figures.push(...(await measureEvents(server, page, devtools, count, signal, progress)));
    return figures;
  } finally {
    await browser.close();
  }
}

/** Labels of random applications are changed at a steady rate; the page shows the list meanwhile. */
async function measureEvents(
  server: ServerProcess,
  page: Page,
  devtools: CdpSession,
  count: number,
  signal: AbortSignal,
  progress: (line: string) => void,
): Promise<Figure[]> {
  let followed = 0;
  const figures: Figure[] = [];
  for (const rate of RATES) {
    progress(`${rate} changes a second …`);
    await page.evaluate(START_FRAMES);
    const cpuBefore = await mainThreadMs(devtools);
    const begun = performance.now();
    const pending: Promise<unknown>[] = [];
    for (let made = 0; made < rate * RATE_SECONDS; ) {
      const due = Math.min(rate * RATE_SECONDS, Math.ceil(((performance.now() - begun) / 1000) * rate));
      for (; made < due; made++) pending.push(change(server, (made * 7919) % count, `${rate}-${made}`));
      await sleep(5, { signal });
    }
    await Promise.all(pending);
    const seconds = (performance.now() - begun) / 1000;
    await sleep(300, { signal });
    const { events, longest } = await page.evaluate<{ events: number; longest: number }>(READ_FRAMES);
    const reached = events / seconds;
    figures.push(figure(`events: longest frame at ${Math.round(reached)} events/s`, longest, 'ms', MAX_FRAME_MS));
    const cpu = (await mainThreadMs(devtools)) - cpuBefore;
    figures.push(figure('events: share of one processor that the page took', cpu / seconds / 10, '%'));
    if (longest <= MAX_FRAME_MS) followed = Math.max(followed, reached);
    // The server itself no longer keeps up: a higher rate tells nothing new of the page.
    if (reached < rate / 2) break;
  }
  return [...figures, figure('events: followed without a frame over 100 ms', followed, 'events/s')];
}

function change(server: ServerProcess, i: number, value: string): Promise<unknown> {
  const body = { metadata: { labels: { changed: value } } };
  return server.kube.patch(APPLICATIONS, nameOf(i), 'argocd', { kind: 'merge', body });
}

/** Goes there and waits until rows are shown and two frames came without work in between. */
async function open(page: Page, go: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await go();
  await page.locator('.sk-table td a').first().waitFor();
  await page.evaluate(`new Promise((resolve) => requestIdleCallback(() => resolve(), { timeout: 10_000 }))`);
  return performance.now() - begun;
}

/** Of the page, its program and all answers so far, as they come over the wire. */
async function kilobytesOf(page: Page, server: ServerProcess): Promise<number> {
  const urls = await page.evaluate<string[]>(
    `[location.href, ...performance.getEntriesByType('resource').map(({ name }) => name)].filter((url) => !url.endsWith('/events'))`,
  );
  let bytes = 0;
  for (const url of urls)
    bytes += (await fetchRaw(server, url, { accept: 'text/html,*/*', 'accept-encoding': 'br, gzip' })).bytes;
  return bytes / 1000;
}

/** Processor time that the page's main thread has taken so far, ms; does not grow while others have the processor. */
async function mainThreadMs(devtools: CdpSession): Promise<number> {
  const { metrics } = (await devtools.send('Performance.getMetrics')) as { metrics: { name: string; value: number }[] };
  return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN);
}

/** Runs the script and resolves to the milliseconds until the page changed and then was still for two frames. */
const UNTIL_SETTLED = (script: string) => `new Promise((resolve, reject) => {
  const main = document.querySelector('#main');
  const begun = performance.now();
  let last = 0;
  const look = new MutationObserver(() => { last = performance.now(); });
  look.observe(main, { subtree: true, childList: true, characterData: true });
  ${script};
  let quiet = 0;
  const wait = () => {
    const now = performance.now();
    quiet = last > 0 && now - last > 250 ? quiet + 1 : 0;
    if (quiet >= 2 && document.querySelector('.sk-loading') === null && !main.textContent.includes('filtering …')) { look.disconnect(); resolve(last - begun); }
    else if (now - begun > 30000) { look.disconnect(); reject(new Error('the page did not come to rest')); }
    else requestAnimationFrame(wait);
  };
  requestAnimationFrame(wait);
})`;

/** Scrolls a screen per frame while rows load, to the last row; the longest time between two frames. */
const SCROLL_TO_END = `new Promise((resolve) => {
  const list = document.querySelector('.sk-scroll');
  const begun = performance.now();
  let [last, longest] = [begun, 0];
  const step = (now) => {
    longest = Math.max(longest, now - last);
    last = now;
    list.scrollTop += list.clientHeight;
    const atEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - 2;
    if ((atEnd && list.querySelector('.pf-v6-c-skeleton') === null) || now - begun > 60000) resolve(longest);
    else requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})`;

const COUNT_EVENTS = `
  window.benchEvents = 0;
  const Native = window.EventSource;
  window.EventSource = class extends Native {
    constructor(...args) {
      super(...args);
      this.addEventListener('application', () => { window.benchEvents += 1; });
    }
  };`;
const START_FRAMES = `
  window.benchEvents = 0;
  window.benchFrames = { last: performance.now(), longest: 0, isOn: true };
  (function frame(now) {
    const frames = window.benchFrames;
    if (now !== undefined) {
      frames.longest = Math.max(frames.longest, now - frames.last);
      frames.last = now;
    }
    if (frames.isOn) requestAnimationFrame(frame);
  })();`;
const READ_FRAMES = `(() => {
  window.benchFrames.isOn = false;
  return { events: window.benchEvents, longest: window.benchFrames.longest };
})()`;

interface ListAnswer {
  readonly total: number;
  readonly facets: { readonly sync: readonly { readonly value: string; readonly count: number }[] };
}

interface Answer {
  readonly ms: number;
  /** On the wire. */
  readonly bytes: number;
  readonly body: unknown;
}

/** As a browser asks: compressed. */
async function ask(server: ServerProcess, path: string): Promise<Answer> {
  const { ms, bytes, text } = await fetchRaw(server, new URL(path, server.url).href, { 'accept-encoding': 'gzip' });
  return { ms, bytes, body: JSON.parse(text()) };
}

function fetchRaw(server: ServerProcess, url: string, headers: Readonly<Record<string, string>>) {
  return new Promise<{ ms: number; bytes: number; text: () => string }>((resolve, reject) => {
    const begun = performance.now();
    const outgoing = request(url, { headers: { authorization: `Bearer ${server.token}`, ...headers } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const ms = performance.now() - begun;
        const raw = Buffer.concat(chunks);
        const text = () => (answer.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw).toString();
        if (answer.statusCode !== 200) reject(new Error(`${url}: ${answer.statusCode} ${text()}`));
        else resolve({ ms, bytes: raw.length, text });
      });
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

function application(i: number): KubeObject {
  const team = `team-${i % TEAMS}`;
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: nameOf(i), namespace: 'argocd', labels: { team, tier: i % 3 === 0 ? 'web' : 'worker' } },
    spec: {
      project: 'default',
      source: { repoURL: 'embedded:console', path: `apps/${team}`, targetRevision: 'main' },
      destination: { server: 'https://kubernetes.default.svc', namespace: team },
    },
  };
}

const CONFIG_MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  value: "1"\n';

function nameOf(i: number): string {
  return `app-${String(i).padStart(5, '0')}`;
}
