// `npm run demo:check`: what a new user does, end to end, on a fresh data folder. Every step says what it saw; the first
// that doesn't happen ends the run with exit code 1.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'sekisho-demo-'));
const data = join(work, 'data');
const started = Date.now();
let server;
let slack;

const { fail, prepare } = await import('./prepare.mjs');
try {
  await prepare(root);
} catch (error) {
  fail(error);
}
const { runKubectl } = await import('../packages/testkit/dist/index.js');
const { createClient, createHttpTransport, loadKubeconfig } = await import('../packages/service/client/dist/index.js');

const APPLICATIONS = type('argoproj.io', 'v1alpha1', 'applications', 'Application');
const DEPLOYMENTS = type('apps', 'v1', 'deployments', 'Deployment');
const SERVICES = type('', 'v1', 'services', 'Service');
const SECRETS = type('', 'v1', 'secrets', 'Secret');
const SHIPS = type('example.sekisho.dev', 'v1', 'ships', 'Ship');
const CONFIG_MAPS = type('', 'v1', 'configmaps', 'ConfigMap');
const PODS = type('', 'v1', 'pods', 'Pod');
const CONSTRAINTS = {
  ...type('constraints.gatekeeper.sh', 'v1beta1', 'noprivilegedcontainers', 'NoPrivilegedContainers'),
  namespaced: false,
};
/** How long the waiver counts: long enough to see what it allows. */
const WAIVED_MS = 20_000;

const REASON = 'The old page was better.';
const HAND = { fieldManager: 'kubectl-edit' };
const ALERT = { 'sekisho.dev/drift-policy': 'alert' };
const AUTO_ROLLBACK = '  namespace: argocd\n  annotations:\n    sekisho.dev/auto-rollback: 2s\n';

try {
  await main();
  say(`everything happened, in ${((Date.now() - started) / 1000).toFixed(0)} s`);
} catch (error) {
  process.exitCode = 1;
  say(`FAILED: ${error.message}`);
  if (server !== undefined) say(`the server said:\n${server.output()}`);
} finally {
  server?.kill('SIGKILL');
  slack?.close();
  rmSync(work, { recursive: true, force: true });
}

async function main() {
  slack = await recordSlack();
  server = await startServer();
  const ready = Date.now();
  let kube = await connect();

  await step('start → all applications Synced and Healthy (goal: 10 s after ready)', 30_000, async () => {
    const { items } = await kube.list(APPLICATIONS, {});
    const states = items.map((app) => `${app.metadata.name} ${app.status?.sync?.status}/${app.status?.health?.status}`);
    return items.length === 4 && states.every((state) => state.endsWith(' Synced/Healthy'))
      ? states.join(', ')
      : wait(states);
  });
  if (Date.now() - ready > 10_000) throw new Error('it took longer than 10 s');

  await connectSlack(kube);
  await announceDrift(kube);
  const clone = join(work, 'config');
  git(work, 'clone', '-q', server.cloneUrl, clone);
  git(clone, 'config', 'user.name', 'Demo');
  git(clone, 'config', 'user.email', 'demo@localhost');

  change(clone, 'web/web.yaml', 'replicas: 2', 'replicas: 3');
  push(clone, 'Three web servers');
  await step('push → applied', 10_000, async () => {
    const { spec, status } = await kube.get(DEPLOYMENTS, 'web', 'web');
    return spec.replicas === 3 && status.readyReplicas === 3 ? 'three ready web servers' : wait(spec.replicas);
  });

  await kube.patch(DEPLOYMENTS, 'web', 'web', { kind: 'merge', body: { spec: { replicas: 9 } } }, HAND);
  await step('hand edit → healed', 20_000, async () => {
    const { spec } = await kube.get(DEPLOYMENTS, 'web', 'web');
    return spec.replicas === 3 ? 'from nine back to three' : wait(spec.replicas);
  });

  await step('… told by field and manager', 20_000, async () => {
    const { stdout } = await sekisho('app', 'drift', 'web', '--all', '-o', 'json');
    const [{ path, from, to, manager } = {}] = JSON.parse(stdout).filter((item) => item.path === 'spec.replicas');
    const told = `Deployment web/web ${path} from ${from} to ${to} by ${manager}`;
    return told === 'Deployment web/web spec.replicas from 3 to 9 by kubectl-edit' ? told : wait(stdout);
  });

  const before = await kube.get(SERVICES, 'web', 'web');
  await kube.delete(SERVICES, 'web', 'web');
  await step('deletion → healed', 30_000, async () => {
    const found = await kube.getIfExists(SERVICES, 'web', 'web');
    return found !== undefined && found.metadata.uid !== before.metadata.uid
      ? 'the service is there again'
      : wait(found);
  });

  const good = readFileSync(join(clone, 'web/web.yaml'), 'utf8');
  writeFileSync(join(clone, 'web/web.yaml'), good.replace('  replicas: 3', '  replicas: 3\n   broken: here'));
  change(clone, 'fleet/ship.yaml', 'crew: 12', 'crew: 13');
  push(clone, 'Break the web');
  const line = good.split('\n').findIndex((text) => text.includes('replicas: 3')) + 2;
  await step('broken push → refused with file and line', 10_000, async () => {
    const app = await kube.get(APPLICATIONS, 'web', 'argocd');
    const message = app.status.conditions?.map((c) => c.message).join('\n') ?? '';
    return message.includes(`web/web.yaml:${line}`) ? message.split('\n')[0] : wait(message);
  });
  await step('… old state kept, other applications go on', 10_000, async () => {
    const { spec } = await kube.get(DEPLOYMENTS, 'web', 'web');
    const ship = await kube.get(SHIPS, 'hikawa', 'fleet');
    return spec.replicas === 3 && ship.spec.crew === 13
      ? 'three web servers, a crew of thirteen'
      : wait([spec.replicas, ship.spec.crew]);
  });
  writeFileSync(join(clone, 'web/web.yaml'), good.replace('Served from git', 'Served from git again'));
  push(clone, 'Mend the web');
  await step('… and mended by the next push', 10_000, async () => {
    const { data: content } = await kube.get(CONFIG_MAPS, 'web', 'web');
    return content['index.html'].includes('again') ? 'the new page is there' : wait(content);
  });

  await rollBackByHand(kube, clone);
  await rollBackByItself(kube, clone);
  await meetGates(kube, clone);
  await step('audit verify → the log is whole', 10_000, async () => {
    const { code, stdout } = await sekisho('audit', 'verify');
    return code === 0 ? stdout.trim().split('\n')[0] : wait(stdout);
  });

  const second = spawn(process.execPath, serverArguments(), { cwd: root });
  let refusal = '';
  second.stderr.on('data', (chunk) => (refusal += chunk));
  const code = await new Promise((resolve) => second.on('exit', resolve));
  if (code !== 3 || !refusal.includes('DATA_FOLDER_IN_USE'))
    throw new Error(`a second process was not refused: ${code} ${refusal}`);
  say(
    `ok   a second process on the same folder is refused: ${refusal.split('\n').find((text) => text.startsWith('error'))}`,
  );

  for (const [from, to] of [['1.4.0', '1.5.0']]) {
    change(clone, 'shop/hooks.yaml', from, to);
    change(clone, 'shop/shop.yaml', from, to);
  }
  push(clone, 'Shop 1.5.0');
  const revision = git(clone, 'rev-parse', 'HEAD').trim();
  await step('a sync with waves and hooks is running', 10_000, async () => {
    const { status } = await kube.get(APPLICATIONS, 'shop', 'argocd');
    const { phase, syncResult, message } = status.operationState;
    return phase === 'Running' && syncResult?.revision === revision ? message : wait(status.operationState);
  });
  server.kill('SIGKILL');
  await server.exited;
  say('     killed with -9 in the middle of it');
  const edited = await editAuditRow();
  server = await startServer();
  kube = await connect();
  await step('kill -9 in the middle of a sync → finished after the restart', 30_000, async () => {
    const { status } = await kube.get(APPLICATIONS, 'shop', 'argocd');
    const { phase, syncResult } = status.operationState;
    const shop = await kube.get(DEPLOYMENTS, 'shop', 'shop');
    const image = shop.spec.template.spec.containers[0].image;
    const done = phase === 'Succeeded' && syncResult.revision === revision && image === 'example/shop:1.5.0';
    const well = status.sync.status === 'Synced' && status.health.status === 'Healthy';
    return done && well
      ? `${image}, ${status.sync.status}, ${status.health.status}`
      : wait({ phase, image, sync: status.sync, health: status.health });
  });

  await step('audit row edited in the store → found', 10_000, async () => {
    const { code, stdout } = await sekisho('audit', 'verify');
    const found = stdout.split('\n').find((text) => text.includes(`Entry ${edited} `));
    return code === 1 && found !== undefined ? found.trim() : wait({ code, stdout });
  });

  if (announcements().length !== 1) throw new Error(`told more than once: ${JSON.stringify(slack.requests)}`);
  say('ok   the drift was announced once, also after the restart');

  server.kill('SIGINT');
  const exit = await Promise.race([server.exited, sleep(15_000, 'nothing within 15 s')]);
  if (exit !== 0) throw new Error(`Ctrl-C should end with 0, not ${exit}`);
  say('ok   Ctrl-C stops it cleanly');
}

/** A Slack that says yes to everything, and remembers. */
async function recordSlack() {
  const requests = [];
  const listener = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => (text += chunk));
    request.on('end', () => {
      const body = JSON.parse(text);
      const { ts = `1700000000.${String(requests.length).padStart(6, '0')}`, channel } = body;
      requests.push({ method: request.url.slice(1), ...body, ts });
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ ok: true, ts, channel }));
    });
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const close = () => {
    listener.close();
    listener.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${listener.address().port}`, requests, close };
}

/** As Argo CD's notifications are set up. */
async function connectSlack(kube) {
  const object = (kind, name, more) => ({ apiVersion: 'v1', kind, metadata: { name, namespace: 'argocd' }, ...more });
  await kube.create(
    SECRETS,
    object('Secret', 'argocd-notifications-secret', { stringData: { 'slack-token': 'xoxb-demo' } }),
  );
  const data = {
    'service.slack': `token: $slack-token\napiURL: ${slack.url}\n`,
    subscriptions: '- recipients: [slack:ops]\n  triggers: [on-drift]\n',
  };
  await kube.create(CONFIG_MAPS, object('ConfigMap', 'argocd-notifications-cm', { data }));
}

/** Drift that is to be told, not healed: one message, which says in its thread when it is over. */
async function announceDrift(kube) {
  await kube.patch(APPLICATIONS, 'fleet', 'argocd', { kind: 'merge', body: { metadata: { annotations: ALERT } } });
  await kube.patch(SHIPS, 'hikawa', 'fleet', { kind: 'merge', body: { spec: { crew: 99 } } }, HAND);
  await step('hand edit where drift is to be told → announced in Slack', 10_000, async () => {
    const [message] = announcements();
    const line = message?.text.split('\n').find((text) => text.includes('spec.crew by kubectl-edit'));
    return line ?? wait(slack.requests);
  });
  const { code, stderr } = await sekisho('app', 'sync', 'fleet');
  if (code !== 0) throw new Error(`app sync ended with ${code}: ${stderr}`);
  await step('… once, and its thread says when it is over', 10_000, async () => {
    const [{ ts }, ...others] = announcements();
    if (others.length > 0) throw new Error(`told more than once: ${JSON.stringify(slack.requests)}`);
    const answer = slack.requests.find(({ method, thread_ts }) => method === 'chat.postMessage' && thread_ts === ts);
    return answer?.text.split('\n')[0] ?? wait(slack.requests);
  });
}

/** Messages of their own, not answers in a thread. */
function announcements() {
  return slack.requests.filter(
    ({ method, thread_ts, text }) => method === 'chat.postMessage' && thread_ts === undefined && text.includes('fleet'),
  );
}

/** A release that nobody likes is taken back through git, while auto-sync is on. */
async function rollBackByHand(kube, clone) {
  const before = git(clone, 'rev-parse', 'HEAD').trim();
  const begun = Date.now();
  const { code, stdout, stderr } = await sekisho('app', 'rollback', 'web', '--reason', REASON);
  if (code !== 0) throw new Error(`app rollback ended with ${code}: ${stderr}`);
  say(`ok   app rollback: ${stdout.trim()} (${((Date.now() - begun) / 1000).toFixed(2)} s)`);
  git(clone, 'pull', '-q', '--ff-only');
  const [parent, subject, ...body] = git(clone, 'log', '-1', '--format=%P%n%s%n%b').split('\n');
  const reverts = body.some((text) => text.startsWith(`This reverts commit ${before}`));
  if (parent !== before || !reverts)
    throw new Error(`this is no revert commit: ${[parent, subject, ...body].join('\n')}`);
  const head = git(clone, 'rev-parse', 'HEAD').trim();
  await step('… leaves a revert commit, and is Synced with auto-sync on', 10_000, async () => {
    const { spec, status } = await kube.get(APPLICATIONS, 'web', 'argocd');
    const { data: content } = await kube.get(CONFIG_MAPS, 'web', 'web');
    const isBack = !content['index.html'].includes('again') && status.sync.revision === head;
    return isBack && status.sync.status === 'Synced' && spec.syncPolicy.automated.selfHeal
      ? `${head.slice(0, 7)} ${subject}`
      : wait({ sync: status.sync, page: content['index.html'] });
  });
}

/** An image that can't be pulled: the release is not healthy in time. */
async function rollBackByItself(kube, clone) {
  change(clone, 'applications/web.yaml', '  namespace: argocd\n', AUTO_ROLLBACK);
  change(clone, 'web/web.yaml', 'nginx:1.29', 'nginx:does-not-exist');
  push(clone, 'A newer nginx');
  const bad = git(clone, 'rev-parse', 'HEAD').trim();
  await step('bad image → rolled back by itself', 20_000, async () => {
    const { metadata, status } = await kube.get(APPLICATIONS, 'web', 'argocd');
    const { spec } = await kube.get(DEPLOYMENTS, 'web', 'web');
    const image = spec.template.spec.containers[0].image;
    const isHeld = metadata.annotations?.['sekisho.dev/held-revisions']?.includes(bad) === true;
    const isBack = image === 'nginx:1.29' && status.rollback?.phase === 'Succeeded' && isHeld;
    return isBack && status.sync.status === 'Synced' && status.health.status === 'Healthy'
      ? `${image}, Synced, Healthy; ${bad.slice(0, 7)} is held`
      : wait({ image, rollback: status.rollback, sync: status.sync, health: status.health, isHeld });
  });
  git(clone, 'pull', '-q', '--ff-only');
  const [author, subject] = git(clone, 'log', '-1', '--format=%an%n%s').trim().split('\n');
  if (author !== 'Sekisho' || !subject.startsWith('Roll back web')) throw new Error(`not rolled back: ${subject}`);
}

/** One policy, from the push to what runs; a waiver lets the same pass, until its day. */
async function meetGates(kube, clone) {
  cpSync(join(root, 'examples/gates/policies'), join(clone, 'policies'), { recursive: true });
  cpSync(join(root, 'examples/gates/application.yaml'), join(clone, 'applications/policies.yaml'));
  git(clone, 'add', '.');
  push(clone, 'No privileged containers');
  await step('policies pushed → in force', 30_000, async () => {
    const { status } = await kube.get(APPLICATIONS, 'policies', 'argocd');
    const constraint = await kube.getIfExists(CONSTRAINTS, 'no-privileged');
    const isInForce = constraint?.status?.byPod?.some(({ enforced }) => enforced) === true;
    return isInForce && status?.sync?.status === 'Synced'
      ? `${constraint.kind} ${constraint.metadata.name}, policies Synced`
      : wait({ status, constraint: constraint?.status });
  });

  const good = readFileSync(join(clone, 'web/web.yaml'), 'utf8');
  const bad = good.replace(/( +)(image: nginx\S*\n)/, '$1$2$1securityContext:\n$1  privileged: true\n');
  const line = bad.split('\n').findIndex((text) => text.includes('privileged: true')) + 1;
  writeFileSync(join(clone, 'web/web.yaml'), bad);
  push(clone, 'The web sees the node');
  await step('privileged container pushed → refused with file and line', 10_000, async () => {
    const { status } = await kube.get(APPLICATIONS, 'web', 'argocd');
    const told = status.conditions?.find(({ type }) => type === 'PolicyViolationError')?.message ?? '';
    const { spec } = await kube.get(DEPLOYMENTS, 'web', 'web');
    const isUntouched = spec.template.spec.containers[0].securityContext === undefined;
    return told.includes(`web/web.yaml:${line}`) && told.includes('NoPrivilegedContainers') && isUntouched
      ? told
      : wait({ conditions: status.conditions, isUntouched });
  });
  const refused = await applyPrivileged('web-by-hand');
  if (refused.code === 0 || !refused.stderr.includes('[no-privileged] container web of web-by-hand is privileged'))
    throw new Error(`kubectl apply was not refused: ${JSON.stringify(refused)}`);
  say(`ok   the same by kubectl apply → ${refused.stderr.trim()}`);

  const expires = new Date(Date.now() + WAIVED_MS).toISOString();
  const waiver = readFileSync(join(root, 'examples/gates/waivers/web.yaml'), 'utf8');
  writeFileSync(join(clone, 'web/waiver.yaml'), waiver.replace(/expires: .*/, `expires: ${expires}`));
  git(clone, 'add', '.');
  push(clone, 'For a moment');
  await step('with a waiver → synced', WAIVED_MS, async () => {
    const { status } = await kube.get(APPLICATIONS, 'web', 'argocd');
    const { spec } = await kube.get(DEPLOYMENTS, 'web', 'web');
    const isPrivileged = spec.template.spec.containers[0].securityContext?.privileged === true;
    return isPrivileged && status.sync.status === 'Synced'
      ? `web is ${status.sync.status}, its container privileged`
      : wait({ sync: status.sync, conditions: status.conditions, isPrivileged });
  });
  const applied = await applyPrivileged('web-by-hand');
  if (applied.code !== 0) throw new Error(`kubectl apply was refused in spite of the waiver: ${applied.stderr}`);
  say(`ok   … and applied by kubectl: ${applied.stdout.trim()}`);
  await step('the waiver ends → the audit tells of what runs', WAIVED_MS + 10_000, async () => {
    const { stdout } = await sekisho('violations', '--decision', 'deny', '-o', 'json');
    const found = JSON.parse(stdout).items.filter(({ object }) => object.namespace === 'web');
    const names = found.map(({ object }) => `${object.kind} ${object.name}`);
    return names.includes('Deployment web') && names.includes('Pod web-by-hand')
      ? `${names.join(', ')}: ${found[0].message}`
      : wait(stdout);
  });

  git(clone, 'rm', '-q', 'web/waiver.yaml');
  writeFileSync(join(clone, 'web/web.yaml'), good);
  push(clone, 'The web sees nothing again');
  await kube.delete(PODS, 'web-by-hand', 'web');
  await step('… and nothing more when it is mended', 20_000, async () => {
    const { status } = await kube.get(APPLICATIONS, 'web', 'argocd');
    const { stdout } = await sekisho('violations', '--decision', 'deny', '-o', 'json');
    const left = JSON.parse(stdout).items.filter(({ object }) => object.namespace === 'web');
    return left.length === 0 && status.sync.status === 'Synced' ? 'no violations, Synced' : wait({ left, status });
  });
}

/** As a person would; where kubectl is not there, the same request by our own client. */
async function applyPrivileged(name) {
  const securityContext = { privileged: true };
  const spec = { containers: [{ name: 'web', image: 'nginx:1.29', securityContext }] };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'web' }, spec };
  const file = join(work, `${name}.json`);
  writeFileSync(file, JSON.stringify(pod));
  try {
    return await runKubectl(['apply', '-f', file], { kubeconfig: join(data, 'kubeconfig') });
  } catch (error) {
    if (error.code !== 'COUNTERPART_MISSING') throw error;
  }
  say('     kubectl comes with the tests (npm test) and is not here: the same request by our own client');
  const kube = await connect();
  try {
    await kube.apply(PODS, pod, { fieldManager: 'kubectl' });
    return { code: 0, stdout: `pod/${name} created`, stderr: '' };
  } catch (error) {
    return { code: 1, stdout: '', stderr: error.message };
  }
}

/** What somebody with the data folder may do: the reason of the rollback was another one. */
async function editAuditRow() {
  const { openPglite } = await import('../packages/service/store/dist/pglite.js');
  const pool = await openPglite(data);
  try {
    const client = await pool.connect();
    await client.query('ALTER TABLE sekisho.audit DISABLE TRIGGER ALL', []);
    const { rows } = await client.query(
      `UPDATE sekisho.audit SET entry = replace(entry, $1, 'It was not me.') WHERE entry LIKE $2 RETURNING seq`,
      [REASON, `%${REASON}%`],
    );
    client.release();
    const [seq] = rows.map((row) => row.seq);
    say(`     the audit entry ${seq} is edited in the store meanwhile`);
    return seq;
  } finally {
    await pool.end();
  }
}

/** The command line, as a user types it; this process goes on meanwhile. */
async function sekisho(...words) {
  const child = spawn(process.execPath, [join(root, 'apps/cli/bin/sekisho.js'), ...words], {
    env: { ...process.env, SEKISHO_DATA: data, SEKISHO_SERVER: '', SEKISHO_TOKEN: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const code = await new Promise((resolve) => child.on('close', resolve));
  return { code, stdout, stderr };
}

function serverArguments() {
  return [join(root, 'apps/cli/bin/sekisho.js'), 'up', '--data', data, '--port', '0', '--kube-port', '0'];
}

async function startServer() {
  const child = spawn(process.execPath, serverArguments(), { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let all = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
    all += chunk;
  });
  child.stderr.on('data', (chunk) => (all += chunk));
  const exited = new Promise((resolve) => child.on('exit', (code, signal) => resolve(code ?? signal)));
  const running = { kill: (signal) => child.kill(signal), exited, output: () => all, cloneUrl: '' };
  server = running;
  const begun = Date.now();
  while (!stdout.includes('Ctrl-C stops it.')) {
    if (child.exitCode !== null || Date.now() - begun > 60_000) throw new Error(`the server did not start:\n${all}`);
    await sleep(20);
  }
  running.cloneUrl = /git clone (\S+)/.exec(stdout)?.[1] ?? '';
  say(`ok   ready ${((Date.now() - begun) / 1000).toFixed(1)} s after the start of the process`);
  return running;
}

async function connect() {
  return createClient(createHttpTransport(await loadKubeconfig({ path: join(data, 'kubeconfig') })));
}

/** Asks again until the answer is a text (what was seen), or says what was there instead. */
async function step(title, limitMs, look) {
  const begun = Date.now();
  for (let last; ; ) {
    try {
      const seen = await look();
      if (typeof seen === 'string')
        return say(`ok   ${title}: ${seen} (${((Date.now() - begun) / 1000).toFixed(2)} s)`);
      last = JSON.stringify(seen.last);
    } catch (error) {
      last = error.message;
    }
    if (Date.now() - begun > limitMs) throw new Error(`${title}: not within ${limitMs / 1000} s; last seen: ${last}`);
    await sleep(20);
  }
}

function wait(last) {
  return { last };
}

function change(folder, file, from, to) {
  const path = join(folder, file);
  const text = readFileSync(path, 'utf8');
  if (!text.includes(from)) throw new Error(`${file} holds no "${from}"`);
  writeFileSync(path, text.replaceAll(from, to));
}

function push(folder, message) {
  git(folder, 'commit', '-qam', message);
  git(folder, 'push', '-q');
}

function git(cwd, ...args) {
  return execFileSync('git', args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_TERMINAL_PROMPT: '0' },
  });
}

function type(group, version, resource, kind) {
  return { group, version, resource, kind, namespaced: true };
}

function say(text) {
  process.stdout.write(`${text}\n`);
}
