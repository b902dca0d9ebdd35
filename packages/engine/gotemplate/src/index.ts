export { printed, sprintf } from './format.ts';
export type { TemplateFunction } from './functions.ts';
export { createTemplateSet, type Rendering, type TemplateOptions, type TemplateSet } from './template.ts';
export { isTrue, type Value } from './value.ts';
