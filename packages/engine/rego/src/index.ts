export type { Value } from './value/value.ts';
