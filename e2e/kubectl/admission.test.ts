import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createCertificate, type TestCertificate } from '@sekisho/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KubectlSession, shop, startSession } from './session.ts';

const certificate = await createCertificate('127.0.0.1');
const { certificatePem, keyPem } = certificate as TestCertificate;

/** Says no to images of `latest`, adds a label, counts deletions of what is precious, warns of everything. */
function answer(review: { request: Request }): Record<string, unknown> {
  const { uid, operation, object, oldObject, name } = review.request;
  const precious = oldObject?.metadata?.labels?.['precious'] === 'yes';
  if (operation === 'DELETE' && precious) {
    return { uid, allowed: false, status: { code: 403, reason: 'Forbidden', message: `${name} is precious` } };
  }
  const images = JSON.stringify(object ?? {}).match(/"image":"[^"]*:latest"/g) ?? [];
  if (images.length > 0) {
    return { uid, allowed: false, status: { code: 403, reason: 'Forbidden', message: 'latest is no version' } };
  }
  return { uid, allowed: true, warnings: ['gesehen: „ja“'] };
}

function mutation(review: { request: Request }): Record<string, unknown> {
  const { uid, object } = review.request;
  if (object === null) return { uid, allowed: true };
  const labels = object.metadata.labels ?? {};
  const patch = [{ op: 'add', path: '/metadata/labels', value: { ...labels, checked: 'yes' } }];
  return { uid, allowed: true, patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') };
}

interface Labelled {
  metadata: { labels?: Record<string, string> };
}
interface Request {
  uid: string;
  name: string;
  operation: string;
  object: Labelled | null;
  oldObject: Labelled | null;
}

describe.skipIf(certificate === undefined)('kubectl, with webhooks', () => {
  let kubectl: KubectlSession;
  let server: Server;

  beforeAll(async () => {
    kubectl = await startSession('webhooks');
    server = createServer({ cert: certificatePem, key: keyPem }, (request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      request.on('end', () => {
        const review = JSON.parse(text) as { request: Request };
        const answered = request.url?.startsWith('/mutate') === true ? mutation(review) : answer(review);
        response.end(
          JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: answered }),
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await kubectl.ok('create namespace shop');
    await kubectl.ok('create namespace free');
    const { port } = server.address() as AddressInfo;
    const hook = (path: string, operations: string) => `
webhooks:
  - name: ${path}.example.com
    admissionReviewVersions: [v1]
    sideEffects: None
    timeoutSeconds: 5
    clientConfig:
      url: https://127.0.0.1:${port}/${path}
      caBundle: ${Buffer.from(certificatePem).toString('base64')}
    namespaceSelector:
      matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [free, kube-system]}]
    matchConditions:
      - {name: not-the-controllers, expression: "!request.userInfo.username.startsWith('system:kube-controller')"}
    rules:
      - {operations: [${operations}], apiGroups: ['', apps], apiVersions: ['*'], resources: [pods, deployments, configmaps]}
`;
    await kubectl.ok('apply -f -', {
      input: `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: checks}${hook('validate', 'CREATE, UPDATE, DELETE')}---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: labels}${hook('mutate', 'CREATE, UPDATE')}`,
    });
  });
  afterAll(async () => {
    server?.closeAllConnections();
    server?.close();
    await kubectl?.close();
  });

  const DENIED = 'admission webhook "validate.example.com" denied the request: latest is no version';

  test.each([
    ['create deployment bad --image=nginx:latest -n shop', ''],
    ['create deployment bad --image=nginx:latest -n shop --dry-run=server', ''],
    ['run bad --image=nginx:latest -n shop', ''],
    ['create -n shop -f -', shop('nginx:latest')],
    ['apply -n shop -f -', shop('nginx:latest')],
    ['apply -n shop --server-side -f -', shop('nginx:latest')],
    ['apply -n shop --dry-run=server -f -', shop('nginx:latest')],
  ])('%s is refused with what the webhook says', async (command, input) => {
    const said = await kubectl.refused(command, input === '' ? {} : { input });
    if (!command.startsWith('create deployment')) expect(said).toContain('Error from server (Forbidden)');
    expect(said).toContain(DENIED);
    expect(await kubectl.refused('get deployment bad -n shop')).toContain('NotFound');
  });

  test('what is good is stored with what the webhook adds; its warning is shown', async () => {
    const { stdout, stderr } = await kubectl.run('apply -n shop -f -', { input: shop('nginx:1.27') });
    expect(stdout).toContain('deployment.apps/shop created');
    expect(stderr).toContain('Warning: gesehen: „ja“');
    expect(
      await kubectl.ok(['get', 'deployment', 'shop', '-n', 'shop', '-o', 'jsonpath={.metadata.labels.checked}']),
    ).toBe('yes');
    expect((await kubectl.run('apply -n shop -f -', { input: shop('nginx:1.27') })).stdout).toContain('unchanged');
    await kubectl.ok('rollout status deployment/shop -n shop --timeout=60s');
  });

  test.each([
    ['set image deployment/shop web=nginx:latest -n shop', DENIED],
    [
      'patch deployment shop -n shop --type=json -p [{"op":"replace","path":"/spec/template/spec/containers/0/image","value":"x:latest"}]',
      DENIED,
    ],
    [
      'patch deployment shop -n shop -p {"spec":{"template":{"spec":{"containers":[{"name":"web","image":"x:latest"}]}}}}',
      DENIED,
    ],
  ])('%s is refused', async (command, expected) => {
    expect(await kubectl.refused(command)).toContain(expected);
  });

  test('what rules do not name goes on: scale, rollout, other namespaces, other kinds', async () => {
    expect(await kubectl.ok('scale deployment shop --replicas=3 -n shop')).toContain('scaled');
    expect(await kubectl.ok('create deployment bad --image=nginx:latest -n free')).toContain('created');
    expect(await kubectl.ok('create secret generic s --from-literal=image=x:latest -n shop')).toContain('created');
  });

  test('deletions are asked about, also all at once', async () => {
    await kubectl.ok('create configmap kept -n shop');
    await kubectl.ok('create configmap gone -n shop');
    await kubectl.ok('label configmap kept precious=yes -n shop');
    expect(await kubectl.refused('delete configmap kept -n shop')).toContain('kept is precious');
    await kubectl.refused('delete configmap --all -n shop');
    expect(await kubectl.ok('get configmaps -n shop -o name')).toContain('configmap/kept');
    expect(await kubectl.ok('get configmaps -n shop -o name')).not.toContain('configmap/gone');
  });

  test('a webhook that is gone refuses, and its configuration can be taken back', async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    const said = await kubectl.refused('create configmap more -n shop');
    expect(said).toContain('failed calling webhook "mutate.example.com"');
    expect(said).toContain('Internal error occurred');
    await kubectl.ok('delete mutatingwebhookconfiguration labels');
    await kubectl.ok([
      'patch',
      'validatingwebhookconfiguration',
      'checks',
      '--type=json',
      '-p',
      '[{"op":"replace","path":"/webhooks/0/failurePolicy","value":"Ignore"}]',
    ]);
    expect(await kubectl.ok('create configmap more -n shop')).toContain('created');
    await kubectl.ok('delete validatingwebhookconfiguration checks');
  });
});
