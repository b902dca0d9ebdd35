import { subresourceInfo } from '../builtin/resources.ts';
import { typeNameOf } from '../builtin/type-data.ts';
import type { GroupVersionKind, ResourceInfo } from '../object.ts';
import type { Definitions } from './builtin-definitions.ts';
import type { Dialect, JsonSchema } from './json-schema.ts';
import {
  connectParameters,
  deleteParameters,
  listParameters,
  nameParameter,
  namespaceParameter,
  type Parameter,
  patchParameters,
  prettyParameter,
  writeParameters,
} from './parameters.ts';

/** References to the definitions that the operations of one resource name. */
export interface ResourceBodies {
  readonly info: ResourceInfo;
  readonly object: JsonSchema;
  readonly list: JsonSchema;
}

const jsonTypes = ['application/json', 'application/yaml'];
const watchTypes = [...jsonTypes, 'application/json;stream=watch'];
const patchTypes = ['application/json-patch+json', 'application/merge-patch+json', 'application/apply-patch+yaml'];

interface OperationFacts {
  readonly action: string;
  readonly id: string;
  readonly description: string;
  readonly gvk: GroupVersionKind;
  readonly tag: string;
  readonly parameters?: readonly Parameter[];
  readonly body?: JsonSchema;
  readonly bodyTypes?: readonly string[];
  readonly bodyOptional?: boolean;
  readonly answer?: JsonSchema;
  readonly answerTypes?: readonly string[];
  /** Statuses besides 200 under which the same answer comes. */
  readonly statuses?: readonly (readonly [code: string, text: string])[];
}

/** Adds the paths of one resource and its subresources. */
export function addResourcePaths(
  bodies: ResourceBodies,
  definitions: Definitions,
  paths: Record<string, JsonSchema>,
): void {
  const { info } = bodies;
  const root = info.group === '' ? `/api/${info.version}` : `/apis/${info.group}/${info.version}`;
  const collection = info.namespaced ? `${root}/namespaces/{namespace}/${info.resource}` : `${root}/${info.resource}`;
  const scope = info.namespaced ? [namespaceParameter] : [];
  const writer = new OperationWriter(bodies, definitions);
  writer.put(paths, collection, writer.collection(), [...scope, prettyParameter]);
  writer.put(paths, `${collection}/{name}`, writer.item(), [nameParameter(info.kind), ...scope, prettyParameter]);
  if (info.namespaced && info.verbs.includes('list')) {
    writer.put(paths, `${root}/${info.resource}`, { get: writer.list('ForAllNamespaces') }, [prettyParameter]);
  }
  for (const subresource of info.subresources) {
    writer.put(paths, `${collection}/{name}/${subresource}`, writer.subresource(subresource), [
      nameParameter(info.kind),
      ...scope,
      prettyParameter,
    ]);
  }
}

class OperationWriter {
  readonly #info: ResourceInfo;
  readonly #bodies: ResourceBodies;
  readonly #definitions: Definitions;
  readonly #dialect: Dialect;
  readonly #gvk: GroupVersionKind;
  readonly #tag: string;
  /** `AppsV1Namespaced`: what operation ids are made of. */
  readonly #prefix: string;

  constructor(bodies: ResourceBodies, definitions: Definitions) {
    const { info } = bodies;
    this.#info = info;
    this.#bodies = bodies;
    this.#definitions = definitions;
    this.#dialect = definitions.dialect;
    this.#gvk = { group: info.group, version: info.version, kind: info.kind };
    const group = info.group === '' ? 'core' : (info.group.split('.')[0] ?? info.group);
    this.#tag = `${group}_${info.version}`;
    this.#prefix = capital(group) + capital(info.version);
  }

  put(
    paths: Record<string, JsonSchema>,
    path: string,
    operations: Record<string, JsonSchema>,
    parameters: readonly Parameter[],
  ): void {
    if (Object.keys(operations).length === 0) return;
    paths[path] = { ...operations, parameters: parameters.map((parameter) => this.#parameter(parameter)) };
  }

  collection(): Record<string, JsonSchema> {
    const { info } = { info: this.#info };
    const operations: Record<string, JsonSchema> = {};
    if (info.verbs.includes('list')) operations['get'] = this.list('');
    if (info.verbs.includes('create')) operations['post'] = this.#create();
    if (info.verbs.includes('deletecollection')) {
      operations['delete'] = this.#operation({
        ...this.#facts('deletecollection', `delete${this.#prefix}Collection${this.#target()}`),
        description: `delete collection of ${info.kind}`,
        parameters: [...deleteParameters, ...listParameters.filter(({ name }) => !/^(watch|allowWatch)/.test(name))],
        body: this.#definitions.type('metav1.DeleteOptions', [
          { group: info.group, version: info.version, kind: 'DeleteOptions' },
        ]),
        bodyOptional: true,
        answer: this.#definitions.type('metav1.Status', [{ group: '', version: 'v1', kind: 'Status' }]),
      });
    }
    return operations;
  }

  item(): Record<string, JsonSchema> {
    const info = this.#info;
    const operations: Record<string, JsonSchema> = {};
    if (info.verbs.includes('get')) operations['get'] = this.#read('', this.#gvk, this.#bodies.object);
    if (info.verbs.includes('update')) operations['put'] = this.#replace('', this.#gvk, this.#bodies.object);
    if (info.verbs.includes('patch')) operations['patch'] = this.#patch('', this.#gvk, this.#bodies.object);
    if (info.verbs.includes('delete')) {
      operations['delete'] = this.#operation({
        ...this.#facts('delete', `delete${this.#prefix}${this.#target()}`),
        description: `delete ${article(info.kind)}`,
        parameters: deleteParameters,
        body: this.#definitions.type('metav1.DeleteOptions', [
          { group: info.group, version: info.version, kind: 'DeleteOptions' },
        ]),
        bodyOptional: true,
        answer: this.#definitions.type('metav1.Status', [{ group: '', version: 'v1', kind: 'Status' }]),
        statuses: [['202', 'Accepted']],
      });
    }
    return operations;
  }

  list(suffix: string): JsonSchema {
    const info = this.#info;
    const target = suffix === '' ? this.#target() : `${info.kind}${suffix}`;
    return this.#operation({
      ...this.#facts('list', `list${this.#prefix}${target}`),
      description: `list or watch objects of kind ${info.kind}`,
      parameters: listParameters,
      answer: this.#bodies.list,
      answerTypes: watchTypes,
    });
  }

  subresource(subresource: string): Record<string, JsonSchema> {
    const { gvk, verbs } = subresourceInfo(this.#info, subresource);
    const suffix = capital(subresource);
    const optionsKind = subresource === 'log' ? 'PodLogOptions' : gvk.kind;
    const connect = Object.hasOwn(connectParameters, optionsKind) ? connectParameters[optionsKind] : undefined;
    if (connect !== undefined) return this.#connect(suffix, gvk, verbs, connect, subresource === 'log');
    const typeName = typeNameOf(gvk.group, gvk.version, gvk.kind);
    const own = gvk.kind === this.#info.kind && gvk.group === this.#info.group;
    const body = own || typeName === undefined ? this.#bodies.object : this.#definitions.type(typeName, [gvk]);
    const operations: Record<string, JsonSchema> = {};
    if (verbs.includes('get')) operations['get'] = this.#read(suffix, gvk, body);
    if (verbs.includes('update')) operations['put'] = this.#replace(suffix, gvk, body);
    if (verbs.includes('patch')) operations['patch'] = this.#patch(suffix, gvk, body);
    if (verbs.includes('create')) {
      operations['post'] = this.#operation({
        ...this.#facts('post', `create${this.#prefix}${this.#target()}${suffix}`, gvk),
        description: `create ${subresource} of ${article(this.#info.kind)}`,
        parameters: writeParameters,
        body,
        answer: body,
        statuses: [
          ['201', 'Created'],
          ['202', 'Accepted'],
        ],
      });
    }
    return operations;
  }

  #connect(
    suffix: string,
    gvk: GroupVersionKind,
    verbs: readonly string[],
    parameters: readonly Parameter[],
    isLog: boolean,
  ): Record<string, JsonSchema> {
    const methods: Readonly<Record<string, string>> = {
      get: 'get',
      create: 'post',
      update: 'put',
      delete: 'delete',
      patch: 'patch',
    };
    const operations: Record<string, JsonSchema> = {};
    for (const verb of verbs) {
      const method = methods[verb];
      if (method === undefined) continue;
      const id = `${isLog ? 'read' : `connect${capital(method)}`}${this.#prefix}${this.#target()}${suffix}`;
      operations[method] = this.#operation({
        ...this.#facts(isLog ? 'get' : 'connect', id, gvk),
        description: `${isLog ? 'read' : `connect ${method.toUpperCase()} requests to`} ${suffix.toLowerCase()} of ${this.#info.kind}`,
        parameters,
        answer: { type: 'string' },
        answerTypes: isLog ? ['text/plain', ...jsonTypes] : ['*/*'],
      });
    }
    return operations;
  }

  #create(): JsonSchema {
    const { object } = this.#bodies;
    return this.#operation({
      ...this.#facts('post', `create${this.#prefix}${this.#target()}`),
      description: `create ${article(this.#info.kind)}`,
      parameters: writeParameters,
      body: object,
      answer: object,
      statuses: [
        ['201', 'Created'],
        ['202', 'Accepted'],
      ],
    });
  }

  #read(suffix: string, gvk: GroupVersionKind, answer: JsonSchema): JsonSchema {
    return this.#operation({
      ...this.#facts('get', `read${this.#prefix}${this.#target()}${suffix}`, gvk),
      description: `read ${suffix === '' ? '' : `${suffix.toLowerCase()} of `}the specified ${this.#info.kind}`,
      answer,
    });
  }

  #replace(suffix: string, gvk: GroupVersionKind, body: JsonSchema): JsonSchema {
    return this.#operation({
      ...this.#facts('put', `replace${this.#prefix}${this.#target()}${suffix}`, gvk),
      description: `replace ${suffix === '' ? '' : `${suffix.toLowerCase()} of `}the specified ${this.#info.kind}`,
      parameters: writeParameters,
      body,
      answer: body,
      statuses: [['201', 'Created']],
    });
  }

  #patch(suffix: string, gvk: GroupVersionKind, answer: JsonSchema): JsonSchema {
    const builtin = typeNameOf(this.#info.group, this.#info.version, this.#info.kind) !== undefined;
    return this.#operation({
      ...this.#facts('patch', `patch${this.#prefix}${this.#target()}${suffix}`, gvk),
      description: `partially update ${suffix === '' ? '' : `${suffix.toLowerCase()} of `}the specified ${this.#info.kind}`,
      parameters: patchParameters,
      body: this.#definitions.type('metav1.Patch'),
      bodyTypes: builtin ? [...patchTypes, 'application/strategic-merge-patch+json'] : patchTypes,
      answer,
      statuses: [['201', 'Created']],
    });
  }

  #target(): string {
    return this.#info.namespaced ? `Namespaced${this.#info.kind}` : this.#info.kind;
  }

  #facts(
    action: string,
    id: string,
    gvk: GroupVersionKind = this.#gvk,
  ): Pick<OperationFacts, 'action' | 'id' | 'gvk' | 'tag'> {
    return { action, id, gvk, tag: this.#tag };
  }

  #operation(facts: OperationFacts): JsonSchema {
    const { group, kind, version } = facts.gvk;
    const answers: readonly (readonly [string, string])[] = [['200', 'OK'], ...(facts.statuses ?? [])];
    const answerTypes = facts.answerTypes ?? jsonTypes;
    const parameters = (facts.parameters ?? []).map((parameter) => this.#parameter(parameter));
    const operation: JsonSchema = { tags: [facts.tag], description: facts.description, operationId: facts.id };
    if (this.#dialect === 'v3') {
      if (parameters.length > 0) operation['parameters'] = parameters;
      if (facts.body !== undefined) {
        operation['requestBody'] = {
          content: byMediaType(facts.bodyTypes ?? ['*/*'], facts.body),
          ...(facts.bodyOptional === true ? {} : { required: true }),
        };
      }
    } else {
      operation['consumes'] = facts.bodyTypes ?? ['*/*'];
      operation['produces'] = answerTypes;
      operation['schemes'] = ['https'];
      if (facts.body !== undefined) {
        parameters.unshift({
          name: 'body',
          in: 'body',
          ...(facts.bodyOptional === true ? {} : { required: true }),
          schema: facts.body,
        });
      }
      if (parameters.length > 0) operation['parameters'] = parameters;
    }
    const responses: Record<string, JsonSchema> = {};
    for (const [code, description] of answers) {
      responses[code] =
        this.#dialect === 'v3'
          ? { description, content: byMediaType(answerTypes, facts.answer ?? { type: 'string' }) }
          : { description, schema: facts.answer ?? { type: 'string' } };
    }
    responses['401'] = { description: 'Unauthorized' };
    operation['responses'] = responses;
    operation['x-kubernetes-action'] = facts.action;
    operation['x-kubernetes-group-version-kind'] = { group, kind, version };
    return operation;
  }

  #parameter({ name, in: place, type, description }: Parameter): JsonSchema {
    const base = { name, in: place, description, ...(place === 'path' ? { required: true } : {}) };
    return this.#dialect === 'v3'
      ? { ...base, schema: { type, uniqueItems: true } }
      : { uniqueItems: true, type, ...base };
  }
}

function byMediaType(types: readonly string[], schema: JsonSchema): JsonSchema {
  return Object.fromEntries(types.map((type) => [type, { schema }]));
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function article(kind: string): string {
  return `${/^[AEIOU]/.test(kind) ? 'an' : 'a'} ${kind}`;
}
