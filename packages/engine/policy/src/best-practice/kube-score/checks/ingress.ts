import type { Field } from '../../object/field.ts';
import { type Check, type CheckContext, type Comment, defineCheck, grades, outcomeOf } from '../check.ts';

const targetsService = defineCheck({
  name: 'Ingress targets Service',
  target: 'Ingress',
  severity: 'high',
  why: 'A path without a Service answers 503.',
  fix: 'Make the backend name a Service of the same namespace and one of its ports.',
  relational: true,
  run: (context) =>
    outcomeOf(
      grades.critical,
      context.root
        .at('spec', 'rules')
        .items()
        .flatMap((rule) => rule.at('http', 'paths').items())
        .flatMap((path) => missingBackend(context, path)),
    ),
});

function missingBackend({ root, namespace, set }: CheckContext, path: Field): Comment[] {
  const { name, port } = backendOf(root, path);
  const found = set.servicesNamed(namespace, name).some((service) =>
    service.root
      .at('spec', 'ports')
      .items()
      .some((candidate) => candidate.at('port').value === port || candidate.at('name').value === port),
  );
  if (found) return [];
  return [
    {
      path: path.at('path').text ?? '',
      summary: 'No Service answers the path',
      description: `There is no Service ${JSON.stringify(name)} with the port ${String(port)} in the namespace.`,
      field: path.at('backend').path,
    },
  ];
}

/** The backend as the Ingress's version writes it; a port is its number or its name, '' when it has none. */
function backendOf(root: Field, path: Field): { readonly name: string; readonly port: string | number } {
  const backend = path.at('backend');
  if (root.at('apiVersion').text === 'networking.k8s.io/v1') {
    const port = backend.at('service', 'port');
    const named = port.at('name').text;
    return {
      name: backend.at('service', 'name').text ?? '',
      port: named !== undefined && named !== '' ? named : (port.at('number').number ?? ''),
    };
  }
  const port = backend.at('servicePort');
  return { name: backend.at('serviceName').text ?? '', port: port.text ?? port.number ?? '' };
}

export const ingressChecks: readonly Check[] = [targetsService];
