import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KubectlSession, startSession } from './session.ts';

let kubectl: KubectlSession;

const CRD = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Widget, plural: widgets, singular: widget, shortNames: [wd], categories: [all]}
  versions:
    - name: v1
      served: true
      storage: true
      subresources: {status: {}, scale: {specReplicasPath: .spec.size, statusReplicasPath: .status.size}}
      additionalPrinterColumns:
        - {name: Size, type: integer, jsonPath: .spec.size}
        - {name: Color, type: string, jsonPath: .spec.color, priority: 1}
        - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
      schema:
        openAPIV3Schema:
          type: object
          description: A thing of the example.
          required: [spec]
          properties:
            spec:
              type: object
              required: [size]
              properties:
                size: {type: integer, minimum: 1, description: How large it is.}
                color: {type: string, default: blue, enum: [blue, red]}
            status: {type: object, properties: {size: {type: integer}}}
`;

const widget = (spec: string) => `apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\nspec: {${spec}}\n`;

beforeAll(async () => {
  kubectl = await startSession('explain, discovery, custom resources, config');
});
afterAll(() => kubectl?.close());

describe('kubectl explain', () => {
  test.each([
    ['pod', ['KIND:       Pod', 'VERSION:    v1', 'spec', '<PodSpec>']],
    ['deployment.spec.strategy', ['GROUP:      apps', 'rollingUpdate', '<RollingUpdateDeployment>']],
    ['pods.spec.containers.image', ['FIELD: image <string>']],
    ['service --recursive', ['externalTrafficPolicy', 'targetPort']],
    ['ingress --api-version=networking.k8s.io/v1', ['GROUP:      networking.k8s.io']],
  ])('%s', async (what, expected) => {
    const text = await kubectl.ok(`explain ${what}`);
    for (const part of expected) expect(text).toContain(part);
  });

  // Its data is /openapi/v2 in protobuf; kubectl's default renderer reads /openapi/v3.
  test('--output=plaintext-openapiv2, the renderer of old', async () => {
    expect(await kubectl.ok('explain job.spec --output=plaintext-openapiv2')).toContain('parallelism');
  });

  test('what there is not', async () => {
    expect(await kubectl.refused('explain pod.spec.nonsense')).toContain('field "nonsense" does not exist');
    expect(await kubectl.refused('explain gadgets')).toContain(`doesn't have a resource type`);
  });
});

describe('kubectl api-resources, api-versions, cluster-info, version', () => {
  test('lists what is served', async () => {
    const all = await kubectl.ok('api-resources');
    expect(all).toMatch(/NAME +SHORTNAMES +APIVERSION +NAMESPACED +KIND/);
    expect(all).toMatch(/deployments +deploy +apps\/v1 +true +Deployment/);
    expect(await kubectl.ok('api-resources --namespaced=false -o name')).toMatch(/^namespaces$/m);
    expect(await kubectl.ok('api-resources --api-group=batch -o wide')).toMatch(
      /cronjobs +cj +batch\/v1 +true +CronJob +create,delete/,
    );
    expect(await kubectl.ok('api-resources --verbs=list,watch --categories=all -o name')).toContain('deployments.apps');
    expect((await kubectl.ok('api-versions')).split('\n')).toEqual(
      expect.arrayContaining(['apps/v1', 'batch/v1', 'v1']),
    );
    expect(await kubectl.ok('cluster-info')).toContain('control plane');
    expect(JSON.parse(await kubectl.ok('version -o json')).serverVersion.minor).toBe('35');
    expect(JSON.parse(await kubectl.ok('get --raw /openapi/v3')).paths).toHaveProperty(['apis/apps/v1']);
  });
});

describe('kubectl with custom resources', () => {
  test('a CustomResourceDefinition becomes Established and is served', async () => {
    expect(await kubectl.ok('apply -f -', { input: CRD })).toContain(
      'customresourcedefinition.apiextensions.k8s.io/widgets.example.com created',
    );
    await kubectl.ok('wait --for=condition=Established crd/widgets.example.com --timeout=30s');
    expect(await kubectl.ok('get crd --no-headers')).toContain('widgets.example.com');
    expect(await kubectl.ok('api-resources --api-group=example.com')).toMatch(
      /widgets +wd +example.com\/v1 +true +Widget/,
    );
  });

  test('defaults, columns, short names, categories', async () => {
    expect(await kubectl.ok('apply -f -', { input: widget('size: 3') })).toBe('widget.example.com/w created\n');
    expect(await kubectl.ok('get wd')).toMatch(/^NAME +SIZE +AGE\nw +3 +\S+\n$/);
    expect(await kubectl.ok('get widgets -o wide')).toMatch(/^NAME +SIZE +COLOR +AGE\nw +3 +blue /);
    expect(await kubectl.ok('get all -o name')).toContain('widget.example.com/w');
    expect(await kubectl.ok('apply -f -', { input: widget('size: 3') })).toBe('widget.example.com/w unchanged\n');
    expect(await kubectl.ok('explain widget.spec')).toContain('How large it is.');
    expect(await kubectl.ok('describe widget w')).toContain('Color:');
    expect(await kubectl.ok('scale widget w --replicas=5')).toBe('widget.example.com/w scaled\n');
    expect(await kubectl.ok('get widget w -o jsonpath={.spec.size}')).toBe('5');
  });

  test.each([
    [
      'a value out of range',
      'size: 0',
      'spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1',
    ],
    ['a value out of the list', 'size: 1, color: green', 'spec.color: Unsupported value: "green"'],
    ['a missing value', 'color: red', 'spec.size: Required value'],
    [
      'a wrong type',
      'size: large',
      'spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"',
    ],
    ['an unknown field', 'size: 1, wings: 2', 'unknown field "spec.wings"'],
  ])('refuses %s', async (_title, spec, message) => {
    expect(await kubectl.refused('apply -f -', { input: widget(spec) })).toContain(message);
  });

  test('status, server-side apply, merge patch', async () => {
    await kubectl.ok(['patch', 'widget', 'w', '--subresource=status', '--type=merge', '-p', '{"status":{"size":2}}']);
    expect(await kubectl.ok('get widget w -o jsonpath={.status.size}')).toBe('2');
    expect(await kubectl.refused(['patch', 'widget', 'w', '-p', '{"spec":{"size":4}}'])).toMatch(
      /media type|not supported/,
    );
    expect(await kubectl.ok(['patch', 'widget', 'w', '--type=merge', '-p', '{"spec":{"size":4}}'])).toContain(
      'patched',
    );
    expect(await kubectl.ok('apply --server-side --force-conflicts -f -', { input: widget('size: 6') })).toContain(
      'serverside-applied',
    );
    expect((await kubectl.run('diff -f -', { input: widget('size: 7') })).code).toBe(1);
  });

  test('deleting the definition deletes its objects', async () => {
    expect(await kubectl.ok('delete crd widgets.example.com --timeout=60s')).toContain('deleted');
    // kubectl still has the kind in its own cache of what is served.
    expect(await kubectl.refused('get widgets')).toContain('the server could not find the requested resource');
  });
});

describe('kubectl config and auth', () => {
  test('config', async () => {
    expect(await kubectl.ok('config current-context')).toBe('sekisho\n');
    expect(await kubectl.ok('config get-contexts -o name')).toBe('sekisho\n');
    expect(await kubectl.ok('config view')).not.toMatch(/token: (?!REDACTED)/);
    expect(await kubectl.ok('config view --minify -o jsonpath={.clusters[0].cluster.server}')).toBe(kubectl.url);
    await kubectl.ok('config set-context other --cluster=sekisho --user=nobody --namespace=kube-system');
    expect(await kubectl.ok('config get-contexts')).toContain('other');
  });

  test('auth', async () => {
    expect(await kubectl.ok('auth can-i create deployments')).toBe('yes\n');
    expect(await kubectl.ok('auth can-i --list')).toContain('Resources');
    expect(await kubectl.ok('auth whoami')).toContain('system:masters');
    expect(await kubectl.refused('get pods --token=wrong')).toMatch(/Unauthorized|must be logged in|credentials/);
    expect(await kubectl.refused('get pods --context=other')).toBeTruthy();
  });

  test('enough of it was tried', () => {
    expect(kubectl.invocations).toBeGreaterThanOrEqual(40);
  });
});
