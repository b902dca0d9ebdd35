import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryRoot, runProgram } from '@sekisho/testkit';
import { afterEach, expect, test } from 'vitest';
import { type CheckFolder, checkFolder } from '../testing/check-folder.ts';

const folders: CheckFolder[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await folder.remove();
});

async function open(files: Readonly<Record<string, string>>): Promise<CheckFolder> {
  const folder = await checkFolder(files);
  folders.push(folder);
  return folder;
}

const template = `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: k8sprivileged}
spec:
  crd: {spec: {names: {kind: K8sPrivileged}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package k8sprivileged

        violation[{"msg": msg, "details": {"field": "spec.template.spec.containers[name=web].securityContext.privileged"}}] {
          c := input.review.object.spec.template.spec.containers[_]
          c.securityContext.privileged
          msg := sprintf("container %v is privileged", [c.name])
        }
`;
const constraint = (action = 'deny') => `---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sPrivileged
metadata: {name: none}
spec:
  enforcementAction: ${action}
  match: {kinds: [{apiGroups: [apps], kinds: [Deployment]}]}
`;
const web = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
        - name: web
          securityContext:
            privileged: true
`;
const waiver = (expires: string) => `apiVersion: sekisho.dev/v1alpha1
kind: Waiver
metadata: {name: device}
spec:
  policies: [{name: K8sPrivileged}]
  reason: it needs the device
  owner: team-a
  expires: "${expires}"
`;
const base = { 'policy/privileged.yaml': template + constraint(), 'app/web.yaml': web };

test('--app renders a folder and tells the line of the field', async () => {
  const folder = await open(base);
  const expected = {
    status: 1,
    stdout: `FAIL - app/web.yaml:11:13 - gatekeeper/K8sPrivileged/none - Deployment default/web: container web is privileged

1 test, 0 passed, 0 warnings, 1 failure, 0 exceptions
`,
    stderr: '',
  };
  expect(await folder.run(['--app', 'app/'])).toEqual(expected);
  expect(await folder.run(['-o', 'stdout', '--app=app/'])).toEqual(expected);
  expect(await folder.run(['app', 'app/', '-p', 'policy'])).toEqual(expected);
});

test.each([
  ['deny', [], 1],
  ['deny', ['--no-fail'], 0],
  ['warn', [], 0],
  ['warn', ['--fail-on-warn'], 1],
  ['dryrun', ['--fail-on-warn'], 0],
])('exit status when the action is %s, with %j: %d', async (action, flags, status) => {
  const folder = await open({ ...base, 'policy/privileged.yaml': template + constraint(action) });
  expect(await folder.run(['--app', 'app/', ...flags])).toMatchObject({ status });
});

test('a constraint for one gate only is asked, too', async () => {
  const scoped = constraint('scoped').replace(
    '  match:',
    '  scopedEnforcementActions: [{action: warn, enforcementPoints: [{name: audit.gatekeeper.sh}]}]\n  match:',
  );
  const folder = await open({ ...base, 'policy/privileged.yaml': template + scoped });
  const { stdout } = await folder.run(['--app', 'app/', '-o', 'json']);
  expect(JSON.parse(stdout)).toMatchObject([
    { filename: 'app/web.yaml', warnings: [{ loc: { line: 11 }, metadata: { rule: 'none', severity: 'medium' } }] },
  ]);
});

test('a waiver of the application counts until it expires, unless it is invalid', async () => {
  const folder = await open({ ...base, 'app/waiver.yaml': waiver('2999-12-31') });
  const good = await folder.run(['--app', 'app/']);
  expect(good).toMatchObject({ status: 0, stderr: '' });
  expect(good.stdout).toContain('(waived by default/device until 3000-01-01T00:00:00Z)');
  await folder.write({ 'app/waiver.yaml': waiver('2020-01-01') });
  expect(await folder.run(['--app', 'app/'])).toMatchObject({ status: 1 });
  await folder.write({ 'app/waiver.yaml': waiver('soon') });
  const invalid = await folder.run(['--app', 'app/']);
  expect(invalid).toMatchObject({ status: 1 });
  expect(invalid.stderr).toContain('app/waiver.yaml');
  expect(invalid.stderr).toContain('WAIVER_INVALID');
});

test('a waiver that a policy denies does not count: the example of the gates', async () => {
  const example = (file: string) => readFile(join(repositoryRoot(), 'examples/gates', file), 'utf8');
  const given = await example('waivers/web.yaml');
  const folder = await open({
    'policy/privileged.yaml': await example('policies/privileged.yaml'),
    'policy/waivers.yaml': await example('policies/waivers.yaml'),
    'app/web.yaml': web.replace('name: web\n', 'name: web\n  namespace: web\n'),
    'app/waiver.yaml': given,
  });
  const run = async () => (await folder.run(['--app', 'app/'])).stdout;
  expect(await run()).toContain('EXCP - app/web.yaml:12:13 - gatekeeper/NoPrivilegedContainers/no-privileged');
  await folder.write({ 'app/waiver.yaml': given.replace('owner: team-web', 'owner: me') });
  const denied = await run();
  expect(denied).toContain('FAIL - app/web.yaml:12:13 - gatekeeper/NoPrivilegedContainers/no-privileged');
  expect(denied).toMatch(/FAIL - app\/waiver\.yaml:\d+:3 - admission\/waivers-have-a-team/);
});

test('every output has the place', async () => {
  const folder = await open(base);
  const sarif = JSON.parse((await folder.run(['--app', 'app/', '-o', 'sarif'])).stdout);
  expect(sarif.runs[0].results[0]).toMatchObject({
    level: 'error',
    ruleId: 'gatekeeper/K8sPrivileged/none/deny',
    locations: [{ physicalLocation: { artifactLocation: { uri: 'app/web.yaml' }, region: { startLine: 11 } } }],
  });
  expect((await folder.run(['--app', 'app/', '-o', 'github'])).stdout).toContain(
    '::error file=app/web.yaml,line=11,col=13::Deployment default/web: container web is privileged',
  );
  for (const output of ['tap', 'table', 'junit', 'azuredevops']) {
    expect((await folder.run(['--app', 'app/', '-o', output])).stdout).toContain('container web is privileged');
  }
});

test('what passes is counted by file and policy', async () => {
  const folder = await open({ ...base, 'app/web.yaml': web.replace('privileged: true', 'privileged: false') });
  expect(await folder.run(['--app', 'app/'])).toEqual({
    status: 0,
    stdout: '\n1 test, 1 passed, 0 warnings, 0 failures, 0 exceptions\n',
    stderr: '',
  });
});

test('a patch of Kustomize, and the template of a chart at a commit, have the line', async () => {
  const folder = await open({
    ...base,
    'base/kustomization.yaml': 'resources: [web.yaml]\n',
    'base/web.yaml': web.replace('privileged: true', 'privileged: false'),
    'prod/kustomization.yaml': 'resources: [../base]\nnamePrefix: prod-\npatches: [{path: patch.yaml}]\n',
    'prod/patch.yaml': `# opens it\n${web}`,
    'chart/Chart.yaml': 'apiVersion: v2\nname: chart\nversion: 1.0.0\n',
    'chart/values.yaml': 'privileged: true\n',
    'chart/templates/web.yaml': web.replace('privileged: true', 'privileged: {{ .Values.privileged }}'),
  });
  const places = async (...args: string[]) => {
    const results = JSON.parse((await folder.run(['app', ...args, '-o', 'json'])).stdout);
    return results.flatMap(({ failures = [] }: { failures?: { loc: { file: string; line: number } }[] }) =>
      failures.map(({ loc }) => `${loc.file}:${loc.line}`),
    );
  };
  expect(await places('prod/')).toEqual(['prod/patch.yaml:12']);
  expect(await places('base/')).toEqual([]);
  const git = (...args: string[]) =>
    runProgram('git', ['-c', 'user.name=Mori', '-c', 'user.email=mori@example.com', ...args], { cwd: folder.path });
  await git('init', '-q');
  await git('add', '-A');
  await git('commit', '-q', '-m', 'One');
  await folder.write({ 'chart/templates/web.yaml': `\n\n${await folder.read('chart/templates/web.yaml')}` });
  expect(await places('chart/')).toEqual(['chart/templates/web.yaml:13']);
  expect(await places('chart/', '--revision', 'HEAD')).toEqual(['chart/templates/web.yaml:11']);
});

test.each([
  ['a folder that is not there', ['--app', 'nothing/'], {}, 'PATH_MISSING'],
  ['policies that are not there', ['--app', 'app/', '-p', 'rules'], {}, 'rules'],
  [
    'a template that does not compile',
    ['--app', 'app/'],
    { 'policy/privileged.yaml': template.replace(':= sprintf', ':= nothing') + constraint() },
    'policy/privileged.yaml:',
  ],
  ['YAML that is none', ['--app', 'app/'], { 'policy/more.yaml': 'a: [' }, 'policy/more.yaml:1'],
  ['manifests with a fault', ['--app', 'app/'], { 'app/more.yaml': 'a: [' }, 'app/more.yaml:1'],
  ['an output that is none', ['--app', 'app/', '-o', 'pdf'], {}, 'pdf'],
])('%s is told', async (_, args, files: Record<string, string>, told) => {
  const folder = await open({ ...base, ...files });
  const { status, stderr } = await folder.run(args);
  expect(status).toBeGreaterThan(0);
  expect(stderr).toContain(told);
});
