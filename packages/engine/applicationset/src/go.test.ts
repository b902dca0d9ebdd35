import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { directoryPattern } from './generators/path-pattern.ts';
import { fillEmpty, override } from './params/combine.ts';
import { flatten } from './params/flatten.ts';
import { slug } from './template/names.ts';
import { replaceTags, TagError } from './template/tags.ts';

type Object_ = Readonly<Record<string, unknown>>;
type Merge = { readonly base: Object_; readonly top: Object_; readonly want: Object_ };

/** What the libraries of Argo CD answer: see testdata/oracle. */
const go: {
  readonly slugs: readonly { text: string; maxLength?: number; blunt?: boolean; want: string }[];
  readonly overrides: readonly Merge[];
  readonly fills: readonly Merge[];
  readonly tags: readonly { text: string; want: string | null }[];
  readonly flats: readonly { value: Object_; want: Readonly<Record<string, string>> }[];
  readonly matches: readonly { pattern: string; path: string; want: string }[];
} = JSON.parse(readFileSync(new URL('../testdata/go.json', import.meta.url), 'utf8'));

describe('as Go has it', () => {
  it.each(go.slugs)('slug $text $maxLength $blunt', ({ text, maxLength, blunt, want }) => {
    const options = { isSmart: blunt !== true, ...(maxLength === undefined ? {} : { maxLength }) };
    expect(slug(text, options)).toBe(want);
  });

  it.each(go.overrides)('override $base by $top', ({ base, top, want }) => {
    expect(override(base, top)).toEqual(want);
  });

  it.each(go.fills)('fill $base from $top', ({ base, top, want }) => {
    expect(fillEmpty(base, top)).toEqual(want);
  });

  it.each(go.tags)('tags of $text', ({ text, want }) => {
    const render = () => replaceTags(text, { a: '1', 'b.c': '2', n: 3 });
    if (want === null) expect(render).toThrow(TagError);
    else expect(render()).toBe(want);
  });

  it.each(go.flats)('flatten $value', ({ value, want }) => {
    expect(flatten(value)).toEqual(want);
  });

  it.each(go.matches)('path.Match $pattern $path', ({ pattern, path, want }) => {
    const compiled = directoryPattern(pattern);
    expect(compiled === undefined ? 'error' : String(compiled.matches(path))).toBe(want);
  });
});
