import { createHash } from 'node:crypto';
import { createTemplateSet, type MissingKey, type TemplateSet } from '@sekisho/gotemplate';
import { seededBytes } from '@sekisho/helm';
import type { Parameters } from '../spec/application-set.ts';
import { templateFunctions } from './functions.ts';
import { replaceTags, TagError } from './tags.ts';

/** A text that can't be rendered. The message is Argo CD's. */
export class RenderError extends Error {
  /** Where the text stands, from what was rendered: `metadata.name`. */
  readonly path: readonly (string | number)[];
  constructor(message: string, path: readonly (string | number)[] = []) {
    super(message);
    this.path = path;
  }
}

/** Fills parameters into the texts of a set. */
export interface Renderer {
  readonly isGo: boolean;
  /** @throws RenderError */
  text(template: string, params: Parameters): string;
  /** All texts in a JSON value, keys of its maps too. @throws RenderError */
  deep(value: unknown, params: Parameters): unknown;
}

export interface RendererOptions {
  readonly goTemplate: boolean;
  readonly goTemplateOptions: readonly string[];
  /** What random functions draw from, with the template and its parameters: the same ones give the same text. */
  readonly seed: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly signal?: AbortSignal | undefined;
  /** What all templates may take together, in steps of the template engine; small ones cost nothing. */
  readonly maxSteps: number;
}

/** As often as the template engine calls its `tick`. */
const STEPS_PER_TICK = 4096;

/** Deeper values are nothing that a Kubernetes API server takes. */
const MAX_DEPTH = 200;

export function createRenderer(options: RendererOptions): Renderer {
  const text = options.goTemplate ? goTemplates(options) : tags;
  return {
    isGo: options.goTemplate,
    text,
    deep: (value, params) => deep(value, (template) => text(template, params), [], 0),
  };
}

function tags(template: string, params: Parameters): string {
  try {
    return replaceTags(template, params);
  } catch (error) {
    if (!(error instanceof TagError)) throw error;
    throw new RenderError(`invalid template: ${error.message}`);
  }
}

function goTemplates({ goTemplateOptions, seed, now, signal, maxSteps }: RendererOptions): Renderer['text'] {
  let drawFor: () => Uint8Array = () => new Uint8Array();
  let draw: ((count: number) => Uint8Array) | undefined;
  let steps = 0;
  function tick(): void {
    signal?.throwIfAborted();
    steps += STEPS_PER_TICK;
    if (steps > maxSteps) throw new RenderError(`all templates together take more than ${maxSteps} steps`);
  }
  const base = createTemplateSet({
    functions: templateFunctions({
      now: () => BigInt(now) * 1_000_000n,
      random: (count) => {
        draw ??= seededBytes(drawFor);
        return draw(count);
      },
    }),
    missingKey: missingKeyOf(goTemplateOptions),
    tick,
  });
  // A set for each text: what one defines is not there for another.
  const sets = new Map<string, TemplateSet>();
  return (template, params) => {
    if (!template.includes('{{')) return template;
    let set = sets.get(template);
    if (set === undefined) {
      set = base.fork();
      const fault = set.add('', template)[0];
      if (fault !== undefined) throw new RenderError(`failed to parse template ${template}: ${fault.message}`);
      // Text that is nothing but comments and space is a template, too.
      if (!set.has('')) return '';
      sets.set(template, set);
    }
    draw = undefined;
    drawFor = () =>
      createHash('sha256')
        .update(JSON.stringify([seed, template, params], plainNumber))
        .digest();
    const rendering = set.render('', params);
    if ('text' in rendering) return rendering.text;
    throw new RenderError(`failed to execute go template ${template}: ${rendering.diagnostics[0]?.message ?? ''}`);
  };
}

function plainNumber(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

function missingKeyOf(options: readonly string[]): MissingKey {
  const last = options.findLast((option) => option.startsWith('missingkey='))?.slice('missingkey='.length);
  return last === 'error' || last === 'zero' ? last : 'default';
}

function deep(
  value: unknown,
  render: (template: string) => string,
  path: readonly (string | number)[],
  depth: number,
): unknown {
  if (depth > MAX_DEPTH) throw new RenderError(`more than ${MAX_DEPTH} levels deep`, path);
  if (typeof value === 'string') return at(path, () => render(value));
  if (Array.isArray(value)) return value.map((item, index) => deep(item, render, [...path, index], depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => {
    const below = [...path, key];
    return [at(below, () => render(key)), deep(item, render, below, depth + 1)] as const;
  });
  return Object.fromEntries(entries);
}

function at<T>(path: readonly (string | number)[], run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof RenderError) || error.path.length > 0) throw error;
    throw new RenderError(error.message, path);
  }
}
