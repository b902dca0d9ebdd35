import type { Diagnostic } from '@sekisho/base';
import type { ConfigDocument } from './document.ts';
import { FORMAT_NAMES, type FormatName } from './format.ts';
import {
  ConfigFault,
  type FormatParser,
  MAX_DIAGNOSTICS,
  type ParseOptions,
  ParseTask,
  TooManyFaults,
} from './parse-task.ts';

export interface ParseResult {
  /** Empty when the file has faults. */
  readonly documents: readonly ConfigDocument[];
  /** At most 20, in the order they were found. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads files of formats whose parsers are in memory. */
export interface ConfigParser {
  /** As {@link parseConfig}. A format that wasn't asked for gives CONFIG_UNSUPPORTED. */
  parse(format: FormatName, content: Uint8Array | string, options: ParseOptions): ParseResult;
}

const LOADERS: Readonly<Record<FormatName, () => Promise<FormatParser>>> = {
  codeowners: async () => (await import('./formats/codeowners.ts')).parseCodeowners,
  cue: async () => (await import('./cue/cue.ts')).parseCue,
  cyclonedx: async () => (await import('./formats/cyclonedx.ts')).parseCycloneDx,
  dockerfile: async () => (await import('./formats/dockerfile.ts')).parseDockerfile,
  dotenv: async () => (await import('./formats/dotenv.ts')).parseDotenv,
  edn: async () => (await import('./formats/edn.ts')).parseEdn,
  groovy: async () => (await import('./groovy/groovy.ts')).parseGroovy,
  hcl1: async () => (await import('./formats/hcl1.ts')).parseHcl1,
  hcl2: async () => (await import('./hcl2/hcl2.ts')).parseHcl2,
  hocon: async () => (await import('./formats/hocon.ts')).parseHocon,
  ignore: async () => (await import('./formats/ignore.ts')).parseIgnore,
  ini: async () => (await import('./formats/ini.ts')).parseIni,
  json: async () => (await import('./formats/json.ts')).parseJson,
  jsonc: async () => (await import('./formats/json.ts')).parseJsonc,
  jsonnet: async () => (await import('./jsonnet/jsonnet.ts')).parseJsonnet,
  nginx: async () => (await import('./formats/nginx.ts')).parseNginx,
  properties: async () => (await import('./formats/properties.ts')).parseProperties,
  spdx: async () => (await import('./formats/spdx.ts')).parseSpdx,
  textproto: async () => (await import('./formats/textproto.ts')).parseTextproto,
  toml: async () => (await import('./formats/toml.ts')).parseToml,
  vcl: async () => (await import('./formats/vcl.ts')).parseVcl,
  xml: async () => (await import('./formats/xml.ts')).parseXml,
  yaml: async () => (await import('./formats/yaml.ts')).parseYaml,
};

/**
 * Turns the text of a configuration file into JSON values in the shapes that `conftest parse` prints.
 *
 * Faults of the file are returned, several at once where the format lets the parser find its way again. Never throws on bad
 * input; codes: CONFIG_SYNTAX, CONFIG_DUPLICATE_KEY, CONFIG_TOO_DEEP, CONFIG_TOO_LARGE, CONFIG_ENCODING (no UTF-8),
 * CONFIG_REFERENCE (a name or import that leads nowhere), CONFIG_EVALUATION (jsonnet, CUE), CONFIG_UNSUPPORTED (a part of the
 * format that isn't read here).
 *
 * @param content  bytes (UTF-8, a byte order mark is skipped) or text
 */
export async function parseConfig(
  format: FormatName,
  content: Uint8Array | string,
  options: ParseOptions,
): Promise<ParseResult> {
  return (await loadConfigParser([format])).parse(format, content, options);
}

/** Loads the parsers of `formats` (default: all), for callers that can't wait later, such as a built-in function of Rego. */
export async function loadConfigParser(formats: readonly FormatName[] = FORMAT_NAMES): Promise<ConfigParser> {
  const parsers = new Map<FormatName, FormatParser>();
  for (const format of formats) parsers.set(format, loaded.get(format) ?? (await load(format)));
  return {
    parse(format, content, options) {
      const parser = parsers.get(format) ?? refuse(`the parser of ${format} is not loaded`);
      return runParser(parser, content, options);
    },
  };
}

/** Asking Node for a module again costs more than reading a small file. */
const loaded = new Map<FormatName, FormatParser>();

async function load(format: FormatName): Promise<FormatParser> {
  const parser = await LOADERS[format]();
  loaded.set(format, parser);
  return parser;
}

function refuse(message: string): FormatParser {
  return () => {
    throw new ConfigFault(0, message, 'CONFIG_UNSUPPORTED');
  };
}

function runParser(parser: FormatParser, content: Uint8Array | string, options: ParseOptions): ParseResult {
  const maxBytes = options.maxBytes ?? 10 * 1024 * 1024;
  if (content.length > maxBytes) {
    const task = new ParseTask('', options);
    task.report(new ConfigFault(0, `the file is larger than ${maxBytes} bytes`, 'CONFIG_TOO_LARGE'));
    return { documents: [], diagnostics: task.diagnostics };
  }
  const { text, broken } = decode(content);
  const task = new ParseTask(text, options);
  if (broken) {
    task.report(new ConfigFault(Math.max(0, text.indexOf('\ufffd')), 'the file is not UTF-8 text', 'CONFIG_ENCODING'));
    return { documents: [], diagnostics: task.diagnostics };
  }
  let documents: readonly ConfigDocument[] = [];
  try {
    documents = parser(task);
  } catch (error) {
    if (!(error instanceof TooManyFaults) && task.diagnostics.length < MAX_DIAGNOSTICS)
      task.report(asFault(error, task));
  }
  return { documents: task.failed ? [] : documents, diagnostics: task.diagnostics };
}

function asFault(error: unknown, task: ParseTask): ConfigFault {
  if (error instanceof ConfigFault) return error;
  // A stack that overflows before our own count does: the text is nested too deep for this machine.
  if (error instanceof RangeError)
    return new ConfigFault(0, `values are nested more than ${task.maxDepth} deep`, 'CONFIG_TOO_DEEP');
  throw error;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

function decode(content: Uint8Array | string): { text: string; broken: boolean } {
  if (typeof content === 'string') return { text: withoutMark(content), broken: false };
  try {
    return { text: UTF8.decode(content), broken: false };
  } catch {
    return { text: new TextDecoder().decode(content), broken: true };
  }
}

function withoutMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}
