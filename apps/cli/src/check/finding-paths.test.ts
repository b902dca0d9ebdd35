import { expect, test } from 'vitest';
import { checkFolder } from './testing/check-folder.ts';

const manifest = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels:
    app: web
spec:
  replicas: 1
  template:
    spec:
      containers:
      - name: a
        image: a:1
        resources: {limits: {memory: 1Gi}}
      - name: b
        image: b:latest
        securityContext:
          privileged: true
`;
const containers = 'input.spec.template.spec.containers';

test.each([
  ['a member that is compared', 'deny contains "x" if input.spec.replicas < 2', '8:3'],
  [
    'a member that is compared, not one that only the message names',
    'deny contains msg if {\n\tinput.spec.replicas < 2\n\tmsg := sprintf("%s", [input.metadata.name])\n}',
    '8:3',
  ],
  [
    'the item that has not what the others have',
    `deny contains msg if {\n\tsome c in ${containers}\n\tnot c.resources.limits.memory\n\tmsg := c.name\n}`,
    '15:9',
  ],
  [
    'a variable that stands for a text',
    `deny contains msg if {\n\timage := ${containers}[_].image\n\tendswith(image, ":latest")\n\tmsg := image\n}`,
    '16:9',
  ],
  ['an index', `deny contains msg if {\n\t${containers}[i].securityContext\n\tmsg := sprintf("%d", [i])\n}`, '17:9'],
  [
    'what a rule looked at that the rule refers to',
    'deny contains "x" if not has_team\nhas_team if input.metadata.labels.team',
    '5:3',
  ],
  [
    'what a set rule gave',
    `deny contains c.name if some c in bad\nbad contains c if {\n\tsome c in ${containers}\n\tc.securityContext.privileged\n}`,
    '18:11',
  ],
  ['an object with msg', 'deny contains {"msg": "x", "id": 1} if input.kind == "Deployment"', '2:1'],
  ['the document, when nothing of it was looked at', 'deny contains "x" if true', '1:1'],
])('a finding is about %s', async (_, rules, place) => {
  const folder = await checkFolder({ 'policy/a.rego': `package main\n\n${rules}\n`, 'web.yaml': manifest });
  try {
    const { stdout, stderr } = await folder.run(['web.yaml', '-o', 'json']);
    expect(stderr).toBe('');
    const [{ failures }] = JSON.parse(stdout);
    expect(failures.map(({ loc }: { loc: { line: number; column: number } }) => `${loc.line}:${loc.column}`)).toEqual([
      place,
    ]);
  } finally {
    await folder.remove();
  }
});
