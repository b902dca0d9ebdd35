import { gzipSync } from 'node:zlib';
import {
  type Chart,
  loadChart,
  loadChartArchive,
  type RenderChartOptions,
  renderChart,
  type SourceFiles,
  type ValuesLayer,
} from '@sekisho/helm';
import type { Run } from '../shape.ts';
import { YAML_FRAGMENTS } from './lib/fragments.ts';
import { fuzz } from './lib/fuzz.ts';
import type { Random } from './lib/random.ts';

const FRAGMENTS = [
  ...['{{', '}}', '{{- ', ' -}}', '{{/*', '*/}}', '{{ end }}', '{{ else }}', '{{ else if . }}', '{{ else with . }}'],
  ...['{{ if .Values.a }}', '{{ range .Values.list }}', '{{ range $i, $x := . }}', '{{ with . }}', '{{ block "x" . }}'],
  ...[
    '{{ define "x" }}',
    '{{ template "x" . }}',
    '{{ include "x" . }}',
    '{{ tpl . $ }}',
    '{{ break }}',
    '{{ continue }}',
  ],
  ...[
    '{{ $x := 1 }}',
    '{{ $x = list $x $x }}',
    '$',
    '$x',
    '.',
    '.Values',
    '.Values.list',
    '.Files',
    '(',
    ')',
    ' | ',
    '"',
    '`',
    "'",
  ],
  ...['{{ range 1000000000 }}', '{{ until 1000000000 }}', '{{ repeat 1000000000 "x" }}', '{{ indent 999999999 "x" }}'],
  ...[
    '{{ printf "%1000000d" 1 }}',
    '{{ printf "%[3]*.[2]*[1]f" 1.0 2 3 }}',
    '{{ seq 1 1000000000 }}',
    '{{ randBytes 99999999 }}',
  ],
  ...[
    '{{ include .Template.Name . }}',
    '{{ tpl "{{ tpl . . }}" "{{ tpl . . }}" }}',
    '{{ toYaml . }}',
    '{{ toJson $ }}',
  ],
  ...[
    '{{ set . "self" . }}',
    '{{ merge . . }}',
    '{{ deepCopy . }}',
    '{{ fromYaml (toYaml .) }}',
    '{{ regexMatch "(a*)*$" "aaaaaaaaaaaa!" }}',
  ],
  ...[
    '{{ genCA "x" 1 | toString | len }}',
    '{{ 9223372036854775807 }}',
    '{{ 1e308 }}',
    '{{ -1 }}',
    '{{ 0x1p-2 }}',
    "{{ 'a' }}",
    '{{ nil }}',
  ],
  ...[
    '__proto__',
    'constructor',
    '$ref": "#"',
    '"pattern": "(a+)+$"',
    '[0]',
    '={',
    ',',
    '\\',
    'null',
    'a.b=1',
    '[99999999]=1',
  ],
  ...[
    ' default ',
    ' required "x" ',
    ' fail "x" ',
    ' dict "a" ',
    ' list ',
    ' index ',
    ' slice ',
    ' dig "a" "b" 1 ',
    ' quote',
    ' nindent 2',
  ],
  ...YAML_FRAGMENTS,
];

const META = 'apiVersion: v2\nname: app\nversion: 1.0.0\n';
const VALUES = 'a: 1\nlist: [a, {b: c}, 2]\ntext: "{{ .Release.Name }}"\nsub: {x: y}\n';
const SUBCHART = {
  'charts/sub/Chart.yaml': 'apiVersion: v2\nname: sub\nversion: 1.0.0\n',
  'charts/sub/values.yaml': 'x: z\n',
};
const TEMPLATE = 'kind: A\nvalues: {{ toYaml .Values | nindent 2 }}\n';
/** Small ones, so that what goes on without end is over soon. */
const LIMITS = { maxSteps: 20_000, maxOutput: 200_000, maxFileBytes: 1_000_000, maxChartBytes: 2_000_000 };
/** Longest message: frames of templates inside of each other are in it. */
const MAX_MESSAGE = 400_000;

type Files = Readonly<Record<string, string>>;
type Check = (input: string, random: Random) => Promise<string | undefined> | string | undefined;

/** What an input is taken for; templates most often. */
const PLACES: readonly Check[] = [
  (input) =>
    checkChart({ 'Chart.yaml': META, 'values.yaml': VALUES, 'templates/a.yaml': input, 'templates/b.yaml': TEMPLATE }),
  (input) =>
    checkChart({
      'Chart.yaml': META,
      'values.yaml': VALUES,
      'templates/_a.tpl': input,
      'templates/b.yaml': '{{ include "x" . }}',
    }),
  (input) =>
    checkChart({ 'Chart.yaml': META, 'values.yaml': VALUES, 'templates/a.yaml': `${input}\n{{ tpl .Values.text . }}` }),
  (input) => checkChart({ 'Chart.yaml': META, 'values.yaml': input, 'templates/a.yaml': TEMPLATE, ...SUBCHART }),
  (input) => checkChart({ 'Chart.yaml': input, 'values.yaml': VALUES, 'templates/a.yaml': TEMPLATE, ...SUBCHART }),
  (input) =>
    checkChart({
      'Chart.yaml': META,
      'values.yaml': VALUES,
      'values.schema.json': input,
      'templates/a.yaml': TEMPLATE,
    }),
  (input) => checkChart({ 'Chart.yaml': META, '.helmignore': input, 'templates/a.yaml': TEMPLATE }),
  checkValues,
  checkArchive,
];

/**
 * No chart, however broken, does anything but render or end with one coded message in one of its files, within its limits;
 * rendering again gives the same.
 */
export const run: Run = (options) =>
  fuzz(options, 'helm', FRAGMENTS, (input, random) => {
    const place = PLACES[random.below(2) === 0 ? 0 : random.below(PLACES.length)] ?? checkValues;
    return place(input, random);
  });

async function checkChart(files: Files): Promise<string | undefined> {
  const { chart, diagnostics } = await loadChart(memory(files), '', { limits: LIMITS });
  if (chart === undefined)
    return diagnostics.length === 1 ? checkMessage(diagnostics[0]) : 'neither a chart nor a fault';
  return checkRender(chart, files);
}

async function checkValues(input: string, random: Random): Promise<string | undefined> {
  const files = { 'Chart.yaml': META, 'values.yaml': VALUES, 'templates/a.yaml': TEMPLATE, ...SUBCHART };
  const { chart } = await loadChart(memory(files), '', { limits: LIMITS });
  if (chart === undefined) return 'the chart does not load';
  const type = random.pick(['file', 'set', 'set-string', 'set-json', 'set-literal'] as const);
  const layer: ValuesLayer = type === 'file' ? { type, file: 'x.yaml', text: input } : { type, expression: input };
  return checkRender(chart, files, { values: [layer] });
}

/** The input stands in an archive, or is one; some bytes of it are others. */
function checkArchive(input: string, random: Random): string | undefined {
  const entries = [
    tarEntry('app/Chart.yaml', META),
    tarEntry(random.pick(['app/templates/a.yaml', '../x', 'app/a', '/abs']), input),
  ];
  const tar = Buffer.concat([...entries, Buffer.alloc(1024)]);
  for (let count = random.below(4); count > 0; count--) tar[random.below(tar.length)] = random.below(256);
  const archive = random.below(5) === 0 ? Buffer.from(input, 'latin1') : gzipSync(tar);
  if (random.below(3) === 0) archive[random.below(archive.length || 1)] = random.below(256);
  const { chart, diagnostics } = loadChartArchive(archive, 'app.tgz', { limits: LIMITS });
  if (chart === undefined)
    return diagnostics.length === 1 ? checkMessage(diagnostics[0]) : 'neither a chart nor a fault';
  return checkRender(chart, {});
}

function checkRender(chart: Chart, files: Files, more: Partial<RenderChartOptions> = {}): string | undefined {
  const options = { releaseName: 'r', limits: LIMITS, ...more };
  const first = renderChart(chart, options);
  const errors = first.diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 1) return 'more than one error';
  const problem = checkMessage(errors[0]);
  if (problem !== undefined) return problem;
  for (const { origin } of first.manifests) {
    const lines = files[origin.file]?.split('\n').length;
    if (lines !== undefined && (origin.line ?? 1) > lines)
      return `line ${origin.line} of ${origin.file}, which has ${lines}`;
  }
  const second = renderChart(chart, options);
  if (second.text !== first.text || second.diagnostics[0]?.message !== first.diagnostics[0]?.message)
    return `rendering again gives something else\n${first.text}${first.diagnostics[0]?.message}\n${second.text}${second.diagnostics[0]?.message}`;
  return ({} as Record<string, unknown>)['self'] === undefined ? undefined : 'Object.prototype was changed';
}

function checkMessage(
  diagnostic: { code: string; message: string; origin?: { file: string } } | undefined,
): string | undefined {
  if (diagnostic === undefined) return undefined;
  const { code, message, origin } = diagnostic;
  if (code === '' || message === '' || origin === undefined)
    return `a fault without code, text or file: ${code} ${message}`;
  return message.length > MAX_MESSAGE ? `a message of ${message.length} characters` : undefined;
}

function memory(files: Files): SourceFiles {
  const paths = Object.keys(files);
  return {
    read: async (path) => (Object.hasOwn(files, path) ? Buffer.from(files[path] ?? '') : undefined),
    list: async (path) => {
      const below =
        path === ''
          ? paths
          : paths.filter((other) => other.startsWith(`${path}/`)).map((other) => other.slice(path.length + 1));
      if (below.length === 0) return undefined;
      const names = [...new Set(below.map((other) => other.split('/')[0] ?? ''))];
      return names.map((name) => ({ name, type: below.includes(name) ? ('file' as const) : ('directory' as const) }));
    },
  };
}

function tarEntry(name: string, text: string): Buffer {
  const data = Buffer.from(text);
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(`${data.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('0', 156);
  header.write('ustar\0', 257);
  return Buffer.concat([header, data, Buffer.alloc((512 - (data.length % 512)) % 512)]);
}
