import type { PolicyDocument } from '../document.ts';
import { readDocuments } from '../gator/read-documents.ts';

/** The objects of a YAML text, of the file `policies.yaml`. */
export function documentsOf(text: string): readonly PolicyDocument[] {
  const { documents, errors } = readDocuments([{ file: 'policies.yaml', text }]);
  if (errors.length > 0) throw new Error(errors.join('\n'));
  return documents;
}

/** A template whose constraints object to everything, in the file's first lines. */
export const OBJECTION = `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: objection}
spec:
  crd:
    spec:
      names: {kind: Objection}
      validation:
        openAPIV3Schema:
          type: object
          properties:
            to: {type: string, default: nobody}
            times: {type: integer}
  targets:
  - target: admission.k8s.gatekeeper.sh
    rego: |
      package objection

      violation[{"msg": msg, "details": {"field": "metadata.name"}}] {
        msg := sprintf("%v objects to %v", [input.parameters.to, input.review.object.metadata.name])
      }
`;

export function objection(spec: string, name = 'first'): string {
  return `---\napiVersion: constraints.gatekeeper.sh/v1beta1\nkind: Objection\nmetadata: {name: ${name}}\nspec: ${spec}\n`;
}
