export interface KubeconfigOptions {
  readonly name: string;
  readonly url: string;
  readonly caPem: string;
  readonly token: string;
  readonly namespace?: string;
}

/** A kubeconfig with one cluster, one user and one context, all of the same name. Strings are JSON, which YAML reads. */
export function kubeconfigText({ name, url, caPem, token, namespace }: KubeconfigOptions): string {
  const quoted = JSON.stringify(name);
  const lines = [
    'apiVersion: v1',
    'kind: Config',
    'clusters:',
    `- name: ${quoted}`,
    '  cluster:',
    `    server: ${JSON.stringify(url)}`,
    `    certificate-authority-data: ${Buffer.from(caPem).toString('base64')}`,
    'users:',
    `- name: ${quoted}`,
    '  user:',
    `    token: ${JSON.stringify(token)}`,
    'contexts:',
    `- name: ${quoted}`,
    '  context:',
    `    cluster: ${quoted}`,
    `    user: ${quoted}`,
    ...(namespace === undefined ? [] : [`    namespace: ${JSON.stringify(namespace)}`]),
    `current-context: ${quoted}`,
    'preferences: {}',
  ];
  return `${lines.join('\n')}\n`;
}
