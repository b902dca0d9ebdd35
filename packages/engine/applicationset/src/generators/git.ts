import { mapConcurrent, parseYamlDocuments } from '@sekisho/base';
import { isMap, typed } from '@sekisho/gotemplate';
import { flatten } from '../params/flatten.ts';
import type { Parameters } from '../spec/application-set.ts';
import { normalizeName } from '../template/names.ts';
import { type GeneratorContext, GeneratorError, type GeneratorKind } from './generator.ts';
import { directoryPattern, filePattern, type PathPattern } from './path-pattern.ts';
import { type Repository, TooManyPaths } from './repositories.ts';
import { withValues } from './values.ts';

interface GitSettings {
  readonly repoURL: string;
  readonly revision: string;
  readonly directories: readonly PathRule[];
  readonly files: readonly PathRule[];
  readonly pathParamPrefix: string;
  readonly values: Readonly<Record<string, string>>;
}

interface PathRule {
  readonly path: string;
  readonly exclude: boolean;
}

const NARROWER = 'Name the folders: apps/* instead of */*.';
const PARALLEL_READS = 8;

/** A parameter set for each directory, or for each object in each file, that a pattern matches. */
export const git: GeneratorKind<GitSettings> = {
  fields: ['repoURL', 'revision', 'directories', 'files', 'requeueAfterSeconds', 'pathParamPrefix', 'values'],
  requeueAfterSeconds: 180,

  read(reader) {
    const rules = (field: string): PathRule[] =>
      reader.objects(field).map((item) => {
        item.onlyFields(['path', 'exclude']);
        if (!item.has('path')) item.fault('path', 'is missing');
        return { path: item.text('path') ?? '', exclude: item.flag('exclude') ?? false };
      });
    const settings = {
      repoURL: reader.text('repoURL') ?? '',
      revision: reader.text('revision') ?? '',
      directories: rules('directories'),
      files: rules('files'),
      pathParamPrefix: reader.text('pathParamPrefix') ?? '',
      values: reader.textMap('values'),
    };
    if (settings.repoURL === '') reader.fault('repoURL', 'is missing');
    if (settings.directories.length + settings.files.length === 0)
      reader.fault('', 'has neither directories nor files', 'Give directories: [{path: apps/*}], or files.');
    return settings;
  },

  async generate(settings, context, { path }) {
    const { repoURL, revision, directories, files } = settings;
    const repository = await context.repositories.open({ repoURL, revision });
    try {
      if (directories.length > 0) {
        const found = await findPaths(repository, 'directory', directories, `${path}.directories`);
        return found.map((directory) => directoryParams(directory, settings, context));
      }
      const found = await findPaths(repository, 'file', files, `${path}.files`);
      if (found.length > context.limits.maxParameterSets)
        throw new GeneratorError(path, `matches more than ${context.limits.maxParameterSets} files`, NARROWER);
      let bytes = 0;
      const read = async (file: string): Promise<readonly Parameters[]> => {
        const content = await repository.tree.read(file, { maxBytes: context.limits.maxFileBytes });
        bytes += content.length;
        if (bytes > context.limits.maxBytes)
          throw new GeneratorError(path, `its files are larger than ${context.limits.maxBytes} bytes`, NARROWER);
        return objectsOf(content, file, path).map((object) => fileParams(file, object, settings, context));
      };
      return (await mapConcurrent(found.toSorted(), PARALLEL_READS, read, context.options)).flat();
    } catch (error) {
      if (!(error instanceof TooManyPaths)) throw error;
      throw new GeneratorError(path, error.message, NARROWER);
    }
  },
};

/** Whatever a rule with `exclude` matches is out, wherever the rule stands. */
async function findPaths(
  repository: Repository,
  type: 'directory' | 'file',
  rules: readonly PathRule[],
  path: string,
): Promise<readonly string[]> {
  const compile = type === 'directory' ? directoryPattern : filePattern;
  const included: PathPattern[] = [];
  const excluded: PathPattern[] = [];
  rules.forEach((rule, index) => {
    const pattern = compile(rule.path);
    if (pattern === undefined)
      throw new GeneratorError(
        `${path}[${index}].path`,
        `"${rule.path}": syntax error in pattern`,
        'Close its brackets.',
      );
    (rule.exclude ? excluded : included).push(pattern);
  });
  const candidates = await repository.paths(type, included);
  return candidates.filter(
    (candidate) =>
      included.some((pattern) => pattern.matches(candidate)) && !excluded.some((pattern) => pattern.matches(candidate)),
  );
}

/** One object, or a list of them; an empty file is an empty object. */
function objectsOf(content: Uint8Array, file: string, path: string): readonly Parameters[] {
  const text = new TextDecoder().decode(content);
  const { documents, diagnostics } = parseYamlDocuments(text, { file, duplicateKeys: 'warning' });
  const fault = diagnostics.find(({ severity }) => severity === 'error');
  if (fault !== undefined) {
    const { line = 1, column = 1 } = fault.origin ?? {};
    throw new GeneratorError(path, `unable to process file '${file}:${line}:${column}': ${fault.message}`);
  }
  const value = documents[0]?.value ?? {};
  if (isMap(value)) return [value];
  if (Array.isArray(value) && value.every(isMap)) return value;
  throw new GeneratorError(path, `unable to process file '${file}': it holds neither an object nor a list of objects`);
}

function directoryParams(
  directory: string,
  { pathParamPrefix, values }: GitSettings,
  context: GeneratorContext,
): Parameters {
  return withValues(pathParams(directory, pathParamPrefix, context.renderer.isGo), values, context);
}

function fileParams(
  file: string,
  object: Parameters,
  { pathParamPrefix, values }: GitSettings,
  context: GeneratorContext,
): Parameters {
  const { isGo } = context.renderer;
  const slash = file.lastIndexOf('/');
  const directory = slash < 0 ? '.' : file.slice(0, slash);
  const place = pathParams(directory, pathParamPrefix, isGo, file.slice(slash + 1));
  return withValues({ ...(isGo ? object : flatten(object)), ...place }, values, context);
}

/** `path` and what follows from it; under `PREFIX.path` when there is a prefix. */
function pathParams(path: string, prefix: string, isGo: boolean, filename?: string): Parameters {
  const basename = path.slice(path.lastIndexOf('/') + 1);
  const segments = path.split('/');
  const facts = {
    basename,
    basenameNormalized: normalizeName(basename),
    ...(filename === undefined ? {} : { filename, filenameNormalized: normalizeName(filename) }),
  };
  if (isGo) {
    const place = { path: { path, ...facts, segments: typed(segments, '[]string') } };
    return prefix === '' ? place : { [prefix]: place };
  }
  const name = prefix === '' ? 'path' : `${prefix}.path`;
  const params: Record<string, string> = { [name]: path };
  for (const [key, text] of Object.entries(facts)) params[`${name}.${key}`] = text;
  segments.forEach((segment, index) => {
    if (segment !== '') params[`${name}[${index}]`] = segment;
  });
  return params;
}
