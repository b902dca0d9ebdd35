/** Equality stands where the classes of values are, for sets compare their members. */
export { equalValues } from './value.ts';
