import { type Diagnostic, defined, parseYamlDocuments, type YamlDocument } from '@sekisho/base';
import { policyCodec, type StackroxPolicy } from './policy.ts';
import { type Fault, type FaultCode, isRecord, type JsonPath } from './proto-json.ts';
import { validatePolicy } from './validate-policy.ts';

export interface ParsedPolicies {
  /** Those without errors. */
  readonly policies: readonly StackroxPolicy[];
  /** Every fault of the file, in the order of the file. */
  readonly diagnostics: readonly Diagnostic[];
}

const warnings: readonly FaultCode[] = ['STACKROX_UNKNOWN_FIELD', 'STACKROX_ENFORCEMENT_UNUSED'];

/**
 * Reads one policy, a list of them or an export (`{"policies": []}`), in JSON or YAML. A policy with an error is left
 * out, the others stay. Codes: STACKROX_TYPE, STACKROX_UNKNOWN_FIELD (a warning), STACKROX_POLICY_INVALID,
 * STACKROX_STAGE_INVALID, STACKROX_ENFORCEMENT_UNUSED (a warning), STACKROX_EXCLUSION_INVALID,
 * STACKROX_CRITERION_UNKNOWN, STACKROX_CRITERION_INVALID, STACKROX_VALUE_INVALID, and those of YAML; each message begins with the JSON path.
 */
export function parsePolicies(source: string, file = 'policies.json'): ParsedPolicies {
  const { documents, diagnostics } = parseYamlDocuments(source, { file });
  const policies: StackroxPolicy[] = [];
  for (const document of documents) {
    for (const { value, path } of policiesIn(document.value)) {
      const policy = readPolicy(value, path, ({ path: at, message, ...rest }) =>
        diagnostics.push(diagnosticAt(document, at, { ...rest, message: `${formatJsonPath(at)}: ${message}` })),
      );
      if (policy !== undefined) policies.push(policy);
    }
  }
  return { policies, diagnostics };
}

/** What is wrong with a policy, and in which field. */
export interface PolicyFault {
  readonly path: JsonPath;
  readonly code: FaultCode;
  readonly severity: Diagnostic['severity'];
  readonly message: string;
  readonly hint: string | undefined;
}

/** Reads one policy; one with an error is none. Codes as {@link parsePolicies}. */
export function readPolicy(
  value: unknown,
  path: JsonPath,
  note: (fault: PolicyFault) => void,
): StackroxPolicy | undefined {
  let valid = true;
  const fault: Fault = (at, code, message, hint) => {
    const severity = warnings.includes(code) ? 'warning' : 'error';
    if (severity === 'error') valid = false;
    note({ path: at, code, severity, message, hint });
  };
  const policy = policyCodec.read(value, path, fault);
  // What could not be read has its default now, and must not be blamed for that too.
  if (valid) validatePolicy(policy, path, fault);
  return valid ? policy : undefined;
}

/** As JSON that StackRox imports: fields that have their default are left out, those that we don't know are kept. */
export function formatPolicy(policy: StackroxPolicy): Readonly<Record<string, unknown>> {
  return policyCodec.write(policy) as Record<string, unknown>;
}

/** What StackRox's import takes. */
export function formatPolicies(policies: readonly StackroxPolicy[]): string {
  return `${JSON.stringify({ policies: policies.map(formatPolicy) }, null, 2)}\n`;
}

function policiesIn(value: unknown): { value: unknown; path: JsonPath }[] {
  if (Array.isArray(value)) return value.map((each, i) => ({ value: each, path: [i] }));
  if (isRecord(value) && Array.isArray(value['policies'])) {
    return value['policies'].map((each: unknown, i) => ({ value: each, path: ['policies', i] }));
  }
  return [{ value, path: [] }];
}

function diagnosticAt(
  document: YamlDocument,
  path: JsonPath,
  { hint, ...rest }: Omit<Diagnostic, 'hint' | 'origin'> & { hint: string | undefined },
): Diagnostic {
  // A field that is missing stands where its owner stands.
  for (let length = path.length; length >= 0; length--) {
    const position = document.positionOf(path.slice(0, length));
    if (position === undefined) continue;
    const { line, column } = position;
    return { ...rest, ...defined({ hint }), origin: { ...document.origin, line, column } };
  }
  return { ...rest, ...defined({ hint }), origin: document.origin };
}

/** `policies[0].policySections[1].sectionName`; `$` for the whole. */
function formatJsonPath(path: JsonPath): string {
  const joined = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('');
  return joined === '' ? '$' : joined.replace(/^\./, '');
}
