import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildKustomization } from '@sekisho/kustomize';
import { runKubectl } from '@sekisho/testkit';
import { firstDifference } from '../lib/first-difference.ts';
import { memorySource } from '../lib/memory-source.ts';
import { type OverlayCase, overlayCases } from '../lib/overlay-cases.ts';
import type { CaseResult, RunSuite } from '../suite.ts';

/** Cases that are written; others are generated from them. */
export const defaultCases = 'conformance/overlays';

const ANSWERS = fileURLToPath(new URL('../expectations/kustomize-overlays.json', import.meta.url));

/** An error as it is told; of an output, its SHA-256. */
type Answer = { readonly error: string } | { readonly sha256: string };

/**
 * Overlays of our own, written and generated, and what `kubectl kustomize` gave for them: outputs byte for byte, warnings, and the
 * text of errors. `--real` asks kubectl itself and shows what differs, `--record` keeps its answers; `--only=a,b` takes the cases
 * whose names begin so.
 */
export const run: RunSuite = async ({ casesDir, signal, args = [] }) => {
  const record = args.includes('--record');
  const only = args.find((arg) => arg.startsWith('--only='))?.slice('--only='.length);
  const cases = overlayCases(casesDir).filter(
    ({ id }) => only === undefined || only.split(',').some((start) => id.startsWith(start)),
  );
  const real = record || args.includes('--real') ? new RealKustomize() : undefined;
  try {
    const known: Record<string, Answer> = JSON.parse(readFileSync(ANSWERS, 'utf8'));
    const answers: Record<string, Answer> = {};
    const results: CaseResult[] = [];
    for (const each of cases) {
      signal.throwIfAborted();
      const given = await attempt(each);
      const wanted = await real?.build(each);
      const answer = wanted === undefined ? known[each.id] : answerOf(wanted);
      if (answer !== undefined) answers[each.id] = answer;
      const passed = answer !== undefined && JSON.stringify(answerOf(given)) === JSON.stringify(answer);
      results.push({ id: each.id, passed, ...(passed ? {} : { reason: reasonOf(given, wanted, answer) }) });
    }
    if (record) {
      const all = only === undefined ? answers : { ...known, ...answers };
      writeFileSync(ANSWERS, `${JSON.stringify(all, undefined, 2)}\n`);
    }
    return results;
  } finally {
    real?.close();
  }
};

/** What a build prints: warnings, then the output or `error: …`. */
async function attempt({ files, folder }: OverlayCase): Promise<string> {
  try {
    const { text, diagnostics, warnings } = await buildKustomization(memorySource(files), folder);
    const said = warnings.map((warning) => `${warning}\n`).join('');
    const [fault] = diagnostics;
    if (fault === undefined) return said + text;
    return `error: ${fault.message
      .split('\n')
      .filter((line) => line !== '')
      .join('\n')
      .trim()}`;
  } catch (error) {
    return `error: threw ${error instanceof Error ? error.stack : String(error)}`;
  }
}

function answerOf(printed: string): Answer {
  if (printed.startsWith('error: ')) return { error: printed.slice('error: '.length) };
  return { sha256: createHash('sha256').update(printed).digest('hex') };
}

function reasonOf(given: string, wanted: string | undefined, answer: Answer | undefined): string {
  if (wanted !== undefined) return firstDifference(wanted, given);
  if (answer === undefined) return 'no answer was recorded: --record';
  if ('error' in answer) return firstDifference(`error: ${answer.error}`, given);
  return given.startsWith('error: ') ? given : 'another output than recorded: --real shows where';
}

class RealKustomize {
  readonly #home = mkdtempSync(join(tmpdir(), 'sekisho-kustomize-'));
  #count = 0;

  async build({ files, folder }: OverlayCase): Promise<string> {
    const root = join(this.#home, `case-${this.#count++}`);
    mkdirSync(root);
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    }
    const result = await runKubectl(['kustomize', join(root, folder)], { kubeconfig: join(this.#home, 'none') });
    rmSync(root, { recursive: true });
    // What its logger says is no part of the answer.
    const said = result.stderr.split('\n').filter((line) => line !== '' && !/^I\d{4} /.test(line));
    const warnings = said.filter((line) => line.startsWith('# Warning')).map((line) => `${line}\n`);
    const fault = said.filter((line) => !line.startsWith('# Warning')).join('\n');
    return fault === '' ? warnings.join('') + result.stdout : withoutPlaces(fault, root);
  }

  close(): void {
    rmSync(this.#home, { recursive: true, force: true });
  }
}

/** The tree is the root of all paths, and addresses in memory are no part of an answer. */
function withoutPlaces(text: string, root: string): string {
  return text
    .replaceAll(`${root}/`, '/')
    .replaceAll(root, '/')
    .replace(/ &\{0x[0-9a-f]+ (?:<nil>|0x[0-9a-f]+)\}/g, '')
    .trim();
}
