import type { PolicyBundle } from '@sekisho/policy';

/**
 * Stands for policies whose files can't be had or read: nobody knows what they would say, so that whatever they are asked
 * about is denied (or warned of, as the source says).
 *
 * @param trouble goes on after "the files of PolicySource NAME"
 */
export function unavailableBundle(bundle: Omit<PolicyBundle, 'files'>, trouble: string): PolicyBundle {
  const { namespaces: _, ...rest } = bundle;
  const message = `No answer: the files of PolicySource ${bundle.name} ${trouble}`;
  const text = `package main\n\nimport rego.v1\n\ndeny contains ${JSON.stringify(message)}\n`;
  return { ...rest, format: 'rego', files: [{ text, origin: { file: `policysource.sekisho.dev/${bundle.name}` } }] };
}
