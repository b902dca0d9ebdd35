export type { ApplyTo } from './apply-to.ts';
export type { Mutator } from './mutator.ts';
export {
  compileMutators,
  type MutateContext,
  type MutationResult,
  type Mutators,
  mutateObject,
} from './mutators.ts';
