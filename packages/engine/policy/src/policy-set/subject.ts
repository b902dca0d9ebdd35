import type { Origin } from '@sekisho/base';
import { type KubeObject, parseApiVersion } from '@sekisho/kube';
import { type AdmissionContext, type AdmissionInput, admissionInput } from '../admission/input.ts';
import { at, isRecord, namespaceOf } from '../gatekeeper/document.ts';
import type { Source } from '../gatekeeper/match.ts';
import { AskedReview, type Review } from '../gatekeeper/review.ts';
import type { SubjectReference } from '../verdict.ts';
import type { Surroundings } from './surroundings.ts';
import type { GateRequest } from './types.ts';

export type Operation = NonNullable<GateRequest['operation']>;

/** What is judged, read once for all policies. */
export class Subject {
  readonly request: GateRequest;
  /** What is to be there; of a deletion what was there. */
  readonly object: KubeObject;
  readonly operation: Operation;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly name: string;
  /** '' for objects that are in none. */
  readonly namespaceName: string;
  readonly source: Source;
  /** The Namespace that it is in, as far as it is known. */
  readonly namespace: KubeObject | undefined;
  #askedReview: AskedReview | undefined;
  #admissionInput: AdmissionInput | undefined;
  #reference: SubjectReference | undefined;

  constructor(request: GateRequest, object: KubeObject, surroundings: Surroundings, source: Source = 'Original') {
    this.request = request;
    this.object = object;
    this.operation = request.operation ?? 'CREATE';
    this.source = source;
    const apiVersion = at(object, 'apiVersion');
    const { group, version } = parseApiVersion(typeof apiVersion === 'string' ? apiVersion : '');
    this.group = group;
    this.version = version;
    this.kind = textOf(at(object, 'kind'));
    this.name = textOf(at(object, 'metadata', 'name'));
    this.namespaceName = namespaceOf(object);
    this.namespace = this.namespaceName === '' ? undefined : namespaceFor(this.namespaceName, surroundings);
  }

  /** The namespace that it is in or, of a Namespace, that it is; '' for all others. */
  get ownNamespace(): string {
    return this.kind === 'Namespace' && this.group === '' ? this.name : this.namespaceName;
  }

  get reference(): SubjectReference {
    if (this.#reference === undefined) {
      const { group, version, kind, namespaceName } = this;
      const { origin } = this.request;
      this.#reference = {
        group,
        version,
        kind,
        name: this.name === '' ? textOf(at(this.object, 'metadata', 'generateName')) : this.name,
        ...(namespaceName === '' ? {} : { namespace: namespaceName }),
        ...(origin === undefined ? {} : { origin }),
      };
    }
    return this.#reference;
  }

  /** As Gatekeeper's constraints are asked. */
  get askedReview(): AskedReview {
    this.#askedReview ??= new AskedReview({
      request: admissionRequestOf(this),
      ...(this.namespace === undefined ? {} : { namespace: this.namespace }),
      ...(this.source === 'Original' ? {} : { source: this.source }),
    });
    return this.#askedReview;
  }

  /** As admission policies are asked, all of them with the first one's context; undefined when there is no object. */
  admissionInput(context: AdmissionContext): AdmissionInput | undefined {
    this.#admissionInput ??= admissionInput(this.request, context);
    return this.#admissionInput;
  }

  get review(): Review {
    return this.askedReview.review;
  }

  /** `input.review` of templates. */
  get templateReview(): Readonly<Record<string, unknown>> {
    return this.askedReview.request;
  }

  get origin(): Origin | undefined {
    return this.request.origin;
  }
}

/** Undefined when the request has no object at all. */
export function subjectOf(request: GateRequest, surroundings: Surroundings): Subject | undefined {
  const object = isRecord(request.object) ? request.object : request.oldObject;
  return isRecord(object) ? new Subject(request, object as KubeObject, surroundings) : undefined;
}

/** Every cluster has the namespace default. */
function namespaceFor(name: string, surroundings: Surroundings): KubeObject | undefined {
  const found = surroundings.namespace(name);
  if (found !== undefined || name !== 'default') return found;
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
  };
}

function admissionRequestOf({ request, operation, group, version, kind, name, namespaceName }: Subject) {
  const { object, oldObject, resource, subResource, userInfo, dryRun } = request;
  return {
    kind: { group, version, kind },
    ...(resource === undefined ? {} : { resource }),
    ...(subResource === undefined ? {} : { subResource }),
    name,
    ...(namespaceName === '' ? {} : { namespace: namespaceName }),
    operation,
    ...(userInfo === undefined ? {} : { userInfo }),
    ...(object === undefined ? {} : { object }),
    ...(oldObject === undefined ? {} : { oldObject }),
    ...(dryRun === undefined ? {} : { dryRun }),
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
