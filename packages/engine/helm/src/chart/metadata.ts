import { ChartFault } from '../fault.ts';
import type { ChartMetadata, Dependency, Maintainer } from './chart.ts';
import { isTable, jsonKind, readYaml } from './yaml.ts';

/** Reads Chart.yaml. @throws ChartFault CHART_YAML_INVALID */
export function readMetadata(source: string, file: string): ChartMetadata {
  const reader = new StructReader(
    file,
    'cannot load Chart.yaml: ',
    'Metadata',
    readYaml(source, file, 'cannot load Chart.yaml: '),
  );
  const version = reader.text('version');
  return {
    name: reader.text('name'),
    home: reader.text('home'),
    sources: reader.texts('sources'),
    version,
    description: reader.text('description'),
    keywords: reader.texts('keywords'),
    maintainers: reader.structs('maintainers', 'Maintainer').map(readMaintainer),
    icon: reader.text('icon'),
    apiVersion: reader.text('apiVersion'),
    condition: reader.text('condition'),
    tags: reader.text('tags'),
    appVersion: reader.text('appVersion'),
    deprecated: reader.flag('deprecated'),
    annotations: reader.textMap('annotations'),
    kubeVersion: reader.text('kubeVersion'),
    dependencies: reader.structs('dependencies', 'Dependency').map(readDependency),
    type: reader.text('type'),
  };
}

/** Reads `dependencies` of a requirements.yaml, as charts of apiVersion v1 have them. @throws ChartFault CHART_YAML_INVALID */
export function readRequirements(source: string, file: string): Dependency[] {
  const prefix = 'cannot load requirements.yaml: ';
  const reader = new StructReader(file, prefix, 'Metadata', readYaml(source, file, prefix));
  return reader.structs('dependencies', 'Dependency').map(readDependency);
}

function readMaintainer(reader: StructReader): Maintainer {
  return { name: reader.text('name'), email: reader.text('email'), url: reader.text('url') };
}

function readDependency(reader: StructReader): Dependency {
  return {
    name: reader.text('name'),
    version: reader.text('version'),
    repository: reader.text('repository'),
    condition: reader.text('condition'),
    tags: reader.texts('tags'),
    enabled: reader.flag('enabled'),
    importValues: reader.list('import-values'),
    alias: reader.text('alias'),
  };
}

/** Reads fields as Go's decoder of JSON does: a null is the zero value, another type is a fault. */
class StructReader {
  readonly #file: string;
  readonly #prefix: string;
  readonly #type: string;
  readonly #fields: Record<string, unknown>;

  constructor(file: string, prefix: string, type: string, value: unknown) {
    this.#file = file;
    this.#prefix = prefix;
    this.#type = type;
    if (value !== null && !isTable(value)) {
      throw this.#fault(
        `json: cannot unmarshal ${jsonKind(value)} into Go value of type ${type === 'Metadata' ? 'loader.chartBase' : `chart.${type}`}`,
      );
    }
    this.#fields = value ?? {};
  }

  text(name: string): string {
    const value = this.#get(name);
    if (value === undefined) return '';
    // A number or boolean of YAML is a text where a text is wanted.
    return typeof value === 'string' ? value : (scalarText(value) ?? this.#mismatch(name, value, 'string'));
  }

  flag(name: string): boolean {
    const value = this.#get(name);
    return value === undefined ? false : typeof value === 'boolean' ? value : this.#mismatch(name, value, 'bool');
  }

  list(name: string): readonly unknown[] {
    const value = this.#get(name);
    return value === undefined ? [] : Array.isArray(value) ? value : this.#mismatch(name, value, '[]interface {}');
  }

  texts(name: string): readonly string[] {
    const value = this.#get(name);
    if (value === undefined) return [];
    if (!Array.isArray(value)) return this.#mismatch(name, value, '[]string');
    return value.map((item: unknown) => {
      if (item === null) return '';
      return typeof item === 'string' ? item : (scalarText(item) ?? this.#mismatch(name, item, 'string'));
    });
  }

  textMap(name: string): Readonly<Record<string, string>> | null {
    const value = this.#get(name);
    if (value === undefined) return null;
    if (!isTable(value)) return this.#mismatch(name, value, 'map[string]string');
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        typeof item === 'string'
          ? item
          : item === null
            ? ''
            : (scalarText(item) ?? this.#mismatch(name, item, 'string')),
      ]),
    );
  }

  structs(name: string, type: string): StructReader[] {
    const value = this.#get(name);
    if (value === undefined) return [];
    if (!Array.isArray(value)) return this.#mismatch(name, value, `[]*chart.${type}`);
    return value.map((item: unknown) => new StructReader(this.#file, this.#prefix, type, item));
  }

  /** Fields of Go's decoder are found whatever the case of their letters. */
  #get(name: string): unknown {
    let value = Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined;
    if (value === undefined) {
      const key = Object.keys(this.#fields).find((other) => other.toLowerCase() === name.toLowerCase());
      if (key !== undefined) value = this.#fields[key];
    }
    return value ?? undefined;
  }

  #mismatch(name: string, value: unknown, wanted: string): never {
    throw this.#fault(
      `json: cannot unmarshal ${jsonKind(value)} into Go struct field ${this.#type}.${name} of type ${wanted}`,
    );
  }

  #fault(message: string): ChartFault {
    return new ChartFault(
      'CHART_YAML_INVALID',
      `${this.#prefix}error unmarshaling JSON: while decoding JSON: ${message}`,
      {
        file: this.#file,
      },
    );
  }
}

function scalarText(value: unknown): string | undefined {
  return typeof value === 'boolean' || typeof value === 'number' || typeof value === 'bigint'
    ? String(value)
    : undefined;
}
