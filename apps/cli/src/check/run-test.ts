import { setImmediate } from 'node:timers/promises';
import { type CheckResult, checkFile, selectNamespaces } from '@sekisho/conftest';
import { printable } from '../output/text.ts';
import { combineInputs } from './combine.ts';
import { makeNumber } from './exact-number.ts';
import { findInputs, type InputOptions, readInputs } from './input-files.ts';
import { checkProgress } from './progress.ts';
import { regoEvaluator } from './rego-evaluator.ts';
import { loadPolicy, packageName } from './rego-policy.ts';
import type { CheckSettings } from './settings.ts';
import { traceText } from './trace-text.ts';
import type { CheckWorld } from './world.ts';

/** Files are checked in one go; after this long the process looks up, so that Ctrl-C is heard. */
const SLICE_MS = 50;

/** Checks files against the packages that were chosen: results package by package, file by file. */
export async function runTest(
  paths: readonly string[],
  settings: CheckSettings,
  world: CheckWorld,
  signal: AbortSignal,
): Promise<readonly CheckResult[]> {
  const progress = checkProgress(world, settings.quiet);
  try {
    const inputOptions: InputOptions = {
      parser: settings.parser,
      ignore: settings.ignore,
      stdinFilename: settings.stdinFilename,
      protoFileDirs: settings.protoFileDirs,
      makeNumber,
      signal,
      onProgress: (done, total, path) => progress.show(`reading ${done + 1} of ${total}: ${path}`),
    };
    const files = await findInputs(paths, inputOptions, world);
    const inputs = await readInputs(files, inputOptions, world);
    const loaded = await loadPolicy(settings, { world, signal, withTests: false });
    const available = loaded.policy.modules.map(packageName);
    const patterns = settings.allNamespaces ? ['*'] : (settings.namespaces ?? ['main']);
    const namespaces = selectNamespaces(patterns, available);
    if (!settings.quiet && !namespaces.some((name) => available.includes(name))) {
      const known = [...new Set(available)].sort().join(', ');
      world.stderr(printable(`No policy is in a package named ${patterns.join(', ')}; there are: ${known}. See -n.\n`));
    }
    let traced = '';
    const evaluator = regoEvaluator(loaded, {
      onPrint: (text) => world.stderr(`PRNT   ${printable(text)}\n`),
      onTrace: settings.trace ? (query, lines) => world.stderr(traceText(traced, query, lines)) : undefined,
    });
    const busy = world.busy ?? ((work) => work());
    const results: CheckResult[] = [];
    const total = namespaces.length * inputs.length;
    let lookedUp = Date.now();
    for (const namespace of namespaces) {
      if (settings.combine) {
        evaluator.setFile(undefined);
        traced = 'Combined';
        const input = { fileName: 'Combined', documents: [combineInputs(inputs)] };
        results.push(busy(() => checkFile(input, namespace, evaluator)));
        continue;
      }
      for (const input of inputs) {
        if (Date.now() - lookedUp > SLICE_MS) {
          progress.show(`checking ${results.length + 1} of ${total}: ${input.path}`);
          await setImmediate();
          signal.throwIfAborted();
          lookedUp = Date.now();
        }
        evaluator.setFile(input.file);
        traced = input.name;
        const documents = input.documents.map((document) => ({
          input: document.value,
          positionOf: (path: readonly (string | number)[]) => document.positionOf(path),
        }));
        results.push(busy(() => checkFile({ fileName: input.name, documents }, namespace, evaluator)));
      }
    }
    return results;
  } finally {
    progress.end();
  }
}
