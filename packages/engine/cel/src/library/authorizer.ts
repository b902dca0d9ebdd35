import { CelOpaque } from '../value/opaque.ts';
import { method, type Overload } from './function.ts';

/** What somebody wants to do: of a path, or of a resource. */
export interface AuthorizationAttributes {
  readonly verb: string;
  readonly path?: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
  /** Asked for instead of the one who made the request. */
  readonly serviceAccount?: { readonly namespace: string; readonly name: string };
}

export interface AuthorizationAnswer {
  readonly allowed: boolean;
  readonly reason?: string;
  /** Why there is no answer; `allowed` is false then. */
  readonly error?: string;
}

/** Whether the one who made the request may do something. */
export type Authorize = (attributes: AuthorizationAttributes) => AuthorizationAnswer;

/** Each check may ask a server. */
const CHECK_COST = 350_000;

const TYPES = {
  authorizer: 'kubernetes.authorization.Authorizer',
  path: 'kubernetes.authorization.PathCheck',
  group: 'kubernetes.authorization.GroupCheck',
  resource: 'kubernetes.authorization.ResourceCheck',
  decision: 'kubernetes.authorization.Decision',
} as const;

/** What is known so far of what will be asked. */
class Check extends CelOpaque {
  readonly typeName: string;
  readonly authorize: Authorize;
  readonly attributes: Omit<AuthorizationAttributes, 'verb'>;

  constructor(typeName: string, authorize: Authorize, attributes: Omit<AuthorizationAttributes, 'verb'>) {
    super();
    this.typeName = typeName;
    this.authorize = authorize;
    this.attributes = attributes;
  }

  with(attributes: Omit<AuthorizationAttributes, 'verb'>, typeName = this.typeName): Check {
    return new Check(typeName, this.authorize, { ...this.attributes, ...attributes });
  }

  equals(other: CelOpaque): boolean {
    return other === this;
  }

  toString(): string {
    return this.typeName;
  }
}

class Decision extends CelOpaque {
  readonly typeName = TYPES.decision;
  readonly answer: AuthorizationAnswer;

  constructor(answer: AuthorizationAnswer) {
    super();
    this.answer = answer;
  }

  equals(other: CelOpaque): boolean {
    return other === this;
  }

  toString(): string {
    return this.answer.allowed ? 'allowed' : 'not allowed';
  }
}

/** The value of the variable `authorizer`. */
export function createAuthorizer(authorize: Authorize): CelOpaque {
  return new Check(TYPES.authorizer, authorize, {});
}

/** The value of the variable `authorizer.requestResource`: the resource that the request is about. */
export function createResourceCheck(
  authorize: Authorize,
  resource: Omit<AuthorizationAttributes, 'verb' | 'path' | 'serviceAccount'>,
): CelOpaque {
  return new Check(TYPES.resource, authorize, resource);
}

function check({ authorize, attributes }: Check, verb: string): Decision {
  return new Decision(authorize({ ...attributes, verb }));
}

/** A method that adds one fact to a resource check. */
function fact(name: 'subresource' | 'namespace' | 'name' | 'fieldSelector' | 'labelSelector'): Overload {
  return method(`${TYPES.resource}.${name}(string)`, (asked: Check, value: string) => asked.with({ [name]: value }));
}

/** Kubernetes' authorizer: `authorizer.group('apps').resource('deployments').check('create').allowed()`. */
export const AUTHORIZER: readonly Overload[] = [
  method(`${TYPES.authorizer}.path(string)`, (asked: Check, path: string) => asked.with({ path }, TYPES.path)),
  method(`${TYPES.authorizer}.group(string)`, (asked: Check, group: string) => asked.with({ group }, TYPES.group)),
  method(`${TYPES.authorizer}.serviceAccount(string, string)`, (asked: Check, namespace: string, name: string) =>
    asked.with({ serviceAccount: { namespace, name } }),
  ),
  method(`${TYPES.group}.resource(string)`, (asked: Check, resource: string) =>
    asked.with({ resource }, TYPES.resource),
  ),
  ...(['subresource', 'namespace', 'name', 'fieldSelector', 'labelSelector'] as const).map(fact),
  method(`${TYPES.path}.check(string)`, check, () => CHECK_COST),
  method(`${TYPES.resource}.check(string)`, check, () => CHECK_COST),
  method(`${TYPES.decision}.allowed()`, ({ answer }: Decision) => answer.allowed && answer.error === undefined),
  method(`${TYPES.decision}.reason()`, ({ answer }: Decision) => answer.reason ?? ''),
  method(`${TYPES.decision}.errored()`, ({ answer }: Decision) => answer.error !== undefined),
  method(`${TYPES.decision}.error()`, ({ answer }: Decision) => answer.error ?? ''),
];
