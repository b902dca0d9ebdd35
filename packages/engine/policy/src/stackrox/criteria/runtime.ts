import type { EventSource } from '../policy/policy.ts';
import { type Criterion, faultOf, type RuntimeSubject } from './criterion.ts';
import { expression, oneOf, prefix, truth, type ValueGrammar, written } from './value.ts';

const name = written('a name of letters, digits, - and :', /^[a-z0-9]([-:a-z0-9]*[a-z0-9])?$/i);
const address = written('an IP address', /^(\d{1,3}(\.\d{1,3}){3}|[0-9a-f:]*:[0-9a-f:]*)$/i);
const absolutePath: ValueGrammar<string> = written('an absolute path, * and ** allowed, without ..', /^\/(?!.*\.\.)/);
const fileOperation = oneOf([
  'OPEN',
  'CREATE',
  'RENAME',
  'UNLINK',
  'OWNERSHIP_CHANGE',
  'PERMISSION_CHANGE',
  'XATTR_CHANGE',
  'ACL_CHANGE',
]);
const podActions = oneOf(['PODS_EXEC', 'PODS_PORTFORWARD', 'PODS_ATTACH']);
const auditedResources = oneOf([
  'SECRETS',
  'CONFIGMAPS',
  'CLUSTER_ROLES',
  'CLUSTER_ROLE_BINDINGS',
  'NETWORK_POLICIES',
  'SECURITY_CONTEXT_CONSTRAINTS',
  'EGRESS_FIREWALLS',
]);

interface RuntimeOptions {
  readonly values: ValueGrammar<never> | ValueGrammar<string> | ValueGrammar<boolean>;
  /** For policies about the audit log, when it is another. */
  readonly auditValues?: ValueGrammar<string>;
  readonly about: readonly RuntimeSubject[];
  readonly sources: readonly EventSource[];
  readonly negatable?: boolean;
  readonly single?: boolean;
}

/** It is read and checked, so that policies come through whole; nothing here sees what runs. */
function runtime(field: string, options: RuntimeOptions): Criterion {
  const { values, auditValues = values, about, sources, negatable = false, single = false } = options;
  return {
    name: field,
    stage: 'RUNTIME',
    negatable,
    single,
    runtime: { about, sources },
    faultOf: (value, source) =>
      faultOf<never>((source === 'AUDIT_LOG_EVENT' ? auditValues : values) as ValueGrammar<never>, value),
  };
}

const process = { about: ['process'], sources: ['DEPLOYMENT_EVENT', 'NODE_EVENT'] } as const;
const audit = { about: ['audit'], sources: ['AUDIT_LOG_EVENT'] } as const;
const either = { about: ['kubernetes', 'audit'], sources: ['DEPLOYMENT_EVENT', 'AUDIT_LOG_EVENT'] } as const;
const file = { about: ['file'], sources: ['DEPLOYMENT_EVENT', 'NODE_EVENT'] } as const;

export const runtimeCriteria: readonly Criterion[] = [
  runtime('Process Name', { ...process, values: expression, negatable: true }),
  runtime('Process Arguments', { ...process, values: expression, negatable: true }),
  runtime('Process Ancestor', { ...process, values: expression, negatable: true }),
  runtime('Process UID', { ...process, values: prefix, negatable: true }),
  runtime('Unexpected Process Executed', {
    about: ['process'],
    sources: ['DEPLOYMENT_EVENT'],
    values: truth,
    single: true,
  }),
  runtime('Unexpected Network Flow Detected', {
    about: ['network'],
    sources: ['DEPLOYMENT_EVENT'],
    values: truth,
    single: true,
  }),
  runtime('File Path', { ...file, values: absolutePath }),
  runtime('File Operation', { ...file, values: fileOperation, negatable: true }),
  runtime('Kubernetes Resource', { ...either, values: podActions, auditValues: auditedResources }),
  runtime('Kubernetes User Name', { ...either, values: name, negatable: true }),
  runtime('Kubernetes User Groups', { ...either, values: name, negatable: true }),
  runtime('Kubernetes API Verb', { ...audit, values: oneOf(['CREATE', 'DELETE', 'GET', 'PATCH', 'UPDATE']) }),
  runtime('Kubernetes Resource Name', { ...audit, values: prefix, negatable: true }),
  runtime('User Agent', { ...audit, values: prefix, negatable: true }),
  runtime('Source IP Address', { ...audit, values: address, negatable: true }),
  runtime('Is Impersonated User', { ...audit, values: truth, single: true }),
];
