import { emptyConfig, mergeConfig, readTransformerConfig } from '../config/transformer-config.ts';
import { BuildFault, within, withinAsync } from '../fault.ts';
import { RecordedFiles, relativePath } from '../files.ts';
import { generateDataObject } from '../generate/data-objects.ts';
import { type FieldPath, INLINE, type KustomizationFile } from '../kustomization/kustomization-file.ts';
import { readKustomization } from '../kustomization/read-kustomization.ts';
import type { Kustomization } from '../kustomization/types.ts';
import { mergeVariables, readVariable } from '../names/variables.ts';
import type { ConfiguredBy, Resource, ResourceOrigin } from '../resource/resource.ts';
import type { Transformer } from '../transform/transformer.ts';
import type { Accumulator } from './accumulator.ts';
import type { BuildContext } from './build-context.ts';
import { builtinTransformers } from './builtin-transformers.ts';
import { generateCharts } from './charts.ts';
import { crdConfig } from './crds.ts';
import type { Loader } from './loader.ts';
import { readOpenApi } from './openapi.ts';
import { type Plugin, readPlugin } from './plugins.ts';
import { readResources } from './resource-reader.ts';

/** One kustomization: its folder and its file. */
export class Target {
  readonly kustomization: Kustomization;
  readonly #loader: Loader;
  readonly #context: BuildContext;
  readonly #source: KustomizationFile;

  private constructor(kustomization: Kustomization, source: KustomizationFile, loader: Loader, context: BuildContext) {
    this.kustomization = kustomization;
    this.#source = source;
    this.#loader = loader;
    this.#context = context;
  }

  /** @param edit changes what was read @throws BuildFault */
  static async load(
    loader: Loader,
    context: BuildContext,
    edit: (kustomization: Kustomization) => Kustomization = (kustomization) => kustomization,
  ): Promise<Target> {
    context.signal?.throwIfAborted();
    if (++context.kustomizations > context.limits.maxKustomizations || loader.depth > context.limits.maxNesting) {
      throw new BuildFault('too many kustomizations', undefined, 'KUSTOMIZE_LIMIT');
    }
    const source = await loader.kustomization();
    const { kustomization, warnings } = readKustomization(source, loader.shownRoot, context.limits);
    context.warnings.push(...warnings);
    return new Target(edit(kustomization), source, loader, context);
  }

  get #file(): string {
    return this.#source.path;
  }

  /** Runs `work`; a fault inside that knows no place stands where the field does. */
  async #at<T>(field: FieldPath, work: () => T | Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.#source.locate(error, field);
    }
  }

  /** Gathers resources, then runs generators, components and transformers. @throws BuildFault */
  async accumulate(into: Accumulator): Promise<Accumulator> {
    const { kustomization } = this;
    const { state } = into.resources;
    state.schemas = await this.#at(
      ['openapi'],
      async () => (await readOpenApi(kustomization.openapi, this.#loader, this.#context.limits)) ?? state.schemas,
    );
    await withinAsync('accumulating resources', () =>
      this.#resources(into, kustomization.resources ?? [], 'resources'),
    );
    await this.#configurations(into);
    await this.#generate(into);
    const withComponents = await withinAsync('accumulating components', () => this.#components(into));
    await this.#transform(withComponents);
    await this.#validate(withComponents);
    await this.#at(['vars'], () => {
      const variables = (kustomization.vars ?? []).map((variable) => readVariable(variable, this.#file));
      mergeVariables(withComponents.variables, variables, withComponents.resources);
    });
    return withComponents;
  }

  async #resources(into: Accumulator, paths: readonly string[], field: string): Promise<void> {
    for (const [index, path] of paths.entries()) {
      this.#context.signal?.throwIfAborted();
      await this.#at([field, index], () => this.#fileOrFolder(into, path));
    }
  }

  /** Kustomize tries a file first, then a folder, and tells of both. */
  async #fileOrFolder(into: Accumulator, path: string): Promise<void> {
    const isFolder = !/\.(?:ya?ml|json)$/.test(path) && !isRemote(path) && (await this.#loader.isFolder(path));
    const fileFault = isFolder ? undefined : await this.#addFile(into, path);
    if (!isFolder && fileFault === undefined) return;
    try {
      await this.#directory(into, path);
    } catch (error) {
      if (!(error instanceof BuildFault) || error.bare) throw error;
      const why = fileFault ?? (await this.#addFile(into, path));
      if (why === undefined) throw error;
      const isEscape = error.code === 'KUSTOMIZE_FILE_MISSING' && why.code === 'KUSTOMIZE_PATH_ESCAPE';
      throw new BuildFault(
        `accumulation err='${why.message}': ${error.message}`,
        error.origin ?? why.origin,
        isEscape ? why.code : error.code,
      );
    }
  }

  /** @returns why there is no such file, for it may be a folder */
  async #addFile(into: Accumulator, path: string): Promise<BuildFault | undefined> {
    try {
      const resources = await this.#readFile(path);
      within(`merging resources from '${path}'`, () => into.resources.appendAll(resources));
      return undefined;
    } catch (error) {
      if (!(error instanceof BuildFault) || error.bare || error.message.startsWith('merging')) throw error;
      const fault = error.within(`accumulating resources from '${path}'`);
      if (error.code === 'KUSTOMIZE_MALFORMED_YAML' || error.code === 'KUSTOMIZE_LIMIT') throw fault;
      return fault;
    }
  }

  async #readFile(path: string): Promise<Resource[]> {
    if (isRemote(path)) throw new BuildFault('not a local file');
    const text = await this.#loader.loadText(path);
    const file = this.#loader.resolve(path) ?? path;
    const resources = readResources(text, file, this.#context.limits);
    for (const resource of resources) resource.origin = { path: this.#relative(file) };
    return resources;
  }

  #relative(path: string): string {
    return relativePath(this.#context.topRoot, path);
  }

  async #directory(into: Accumulator, path: string): Promise<void> {
    const loader = await this.#enter(path);
    const target = await withinAsync(`couldn't make target for path '${loader.shownRoot}'`, () =>
      Target.load(loader, this.#context),
    );
    if (target.kustomization.kind === 'Component') {
      throw new BuildFault(`expected kind != 'Component' for path '${loader.shownRoot}'`);
    }
    const inner = await withinAsync(`recursed accumulation of path '${loader.shownRoot}'`, () =>
      target.accumulate(into.fresh()),
    );
    within(`recursed merging from path '${loader.shownRoot}'`, () => into.merge(inner));
  }

  async #enter(path: string): Promise<Loader> {
    if (!isRemote(path)) return this.#loader.enter(path);
    const { fetchRemote, limits, reads } = this.#context;
    if (fetchRemote === undefined) {
      throw new BuildFault(
        `remote resource '${path}' is not allowed`,
        { file: this.#file },
        'KUSTOMIZE_REMOTE_REFUSED',
      );
    }
    const { files, path: root } = await fetchRemote(path);
    return this.#loader.remote(new RecordedFiles(files, limits, reads, `${path}//`), root);
  }

  async #configurations(into: Accumulator): Promise<void> {
    let config = emptyConfig;
    const { configurations = [], crds = [] } = this.kustomization;
    const { limits } = this.#context;
    for (const [index, path] of configurations.entries()) {
      await this.#at(['configurations', index], async () => {
        const text = await this.#loader.loadText(path);
        config = mergeConfig(config, readTransformerConfig(text, this.#loader.resolve(path) ?? path, limits));
      });
    }
    for (const [index, path] of crds.entries()) {
      await this.#at(['crds', index], async () => {
        const text = await withinAsync(`loading CRDs [${crds.join(' ')}]`, () => this.#loader.loadText(path));
        config = mergeConfig(config, crdConfig(text, this.#loader.resolve(path) ?? path, limits));
      });
    }
    await this.#at(['configurations'], () => {
      into.config = within('merging config', () => mergeConfig(into.config, config));
    });
  }

  async #generate(into: Accumulator): Promise<void> {
    await this.#generateData(into, 'ConfigMap', 'configMapGenerator');
    await this.#generateData(into, 'Secret', 'secretGenerator');
    await this.#at(['helmCharts'], async () => {
      for (const made of await generateCharts(this.kustomization, this.#loader, this.#context, this.#file)) {
        this.#absorb(into, made, 'HelmChartInflationGenerator');
      }
    });
    await this.#at(['generators'], async () => {
      for (const plugin of await this.#plugins(into, 'generators')) {
        if (plugin.generate === undefined) continue;
        const made = await plugin.generate();
        this.#absorb(into, made, plugin.by.kind, plugin);
      }
    });
  }

  async #generateData(
    into: Accumulator,
    kind: 'ConfigMap' | 'Secret',
    field: 'configMapGenerator' | 'secretGenerator',
  ): Promise<void> {
    const { [field]: configs = [], generatorOptions } = this.kustomization;
    const load = (path: string) => this.#loader.load(path);
    for (const [index, config] of configs.entries()) {
      await this.#at([field, index], async () => {
        const made = await generateDataObject(kind, config, generatorOptions, load, this.#file);
        this.#absorb(into, [made], `${kind}Generator`);
      });
    }
  }

  #absorb(into: Accumulator, made: readonly Resource[], kind: string, plugin?: Plugin): void {
    for (const resource of made) {
      resource.origin = this.#configured({ apiVersion: 'builtin', kind }, plugin);
      within('merging from generator', () => into.resources.absorb(resource));
    }
  }

  #configured(by: ConfiguredBy, plugin?: Plugin): ResourceOrigin {
    return { configuredIn: this.#relative(plugin?.file ?? this.#file), configuredBy: plugin?.by ?? by };
  }

  async #components(into: Accumulator): Promise<Accumulator> {
    let accumulator = into;
    for (const [index, path] of (this.kustomization.components ?? []).entries()) {
      this.#context.signal?.throwIfAborted();
      accumulator = await this.#at(['components', index], async () => {
        const loader = await quoting('loader.New', () => this.#enter(path));
        return quoting('accumulateDirectory:', () => this.#component(loader, accumulator));
      });
    }
    return accumulator;
  }

  async #component(loader: Loader, into: Accumulator): Promise<Accumulator> {
    const shown = loader.shownRoot;
    const target = await withinAsync(`couldn't make target for path '${shown}'`, () =>
      Target.load(loader, this.#context),
    );
    const { kind } = target.kustomization;
    if (kind !== 'Component') {
      throw new BuildFault(`expected kind 'Component' for path '${shown}' but got '${kind || 'Kustomization'}'`);
    }
    const changed = await withinAsync(`recursed accumulation of path '${shown}'`, () => target.accumulate(into));
    const merged = into.fresh();
    within(`recursed merging from path '${shown}'`, () => merged.merge(changed));
    return merged;
  }

  async #transform(into: Accumulator): Promise<void> {
    const config = into.fullConfig;
    const { limits } = this.#context;
    const steps = await builtinTransformers(this.kustomization, this.#source, config, this.#loader, limits);
    for (const { field, transformer } of steps) await this.#at(field, () => this.#run(transformer, into));
    await this.#at(['transformers'], async () => {
      for (const plugin of await this.#plugins(into, 'transformers')) {
        for (const transformer of (await plugin.transform?.()) ?? []) this.#run(transformer, into, plugin);
      }
    });
  }

  #run(transformer: Transformer, into: Accumulator, plugin?: Plugin): void {
    transformer.transform(into.resources);
    if (!this.#context.recordTransformations) return;
    const step = this.#configured({ apiVersion: 'builtin', kind: transformer.kind }, plugin);
    for (const resource of into.resources.resources) resource.transformations.push(step);
  }

  /** Built-in transformers may stand here too, as long as they change nothing. */
  async #validate(into: Accumulator): Promise<void> {
    await this.#at(['validators'], async () => {
      for (const plugin of await this.#plugins(into, 'validators')) {
        for (const transformer of (await plugin.transform?.()) ?? []) transformer.transform(into.resources);
      }
    });
  }

  async #plugins(into: Accumulator, field: 'generators' | 'transformers' | 'validators'): Promise<Plugin[]> {
    const gathered = into.fresh();
    for (const [index, entry] of (this.kustomization[field] ?? []).entries()) {
      await this.#at([field, index], async () => {
        const inline = inlineResources(entry, this.#context);
        if (inline === undefined) await this.#fileOrFolder(gathered, entry);
        else gathered.resources.appendAll(inline);
      });
    }
    return gathered.resources.resources.map((resource) =>
      readPlugin(resource, this.#loader, this.#context, this.#file),
    );
  }
}

/** A fault inside is told as a quoted text. */
async function quoting<T>(prefix: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof BuildFault) || error.bare) throw error;
    throw new BuildFault(`${prefix} ${JSON.stringify(error.message)}`, error.origin, error.code);
  }
}

function inlineResources(entry: string, { limits }: BuildContext): Resource[] | undefined {
  if (!entry.includes('\n') && !entry.includes('{')) return undefined;
  return readResources(entry, INLINE, limits);
}

/** An address of a git repository or a web page. */
function isRemote(path: string): boolean {
  return (
    /^(?:[a-z+]+:\/\/|git::|git@|github\.com[/:])/i.test(path) || /\?(?:ref|version|timeout|submodules)=/.test(path)
  );
}
