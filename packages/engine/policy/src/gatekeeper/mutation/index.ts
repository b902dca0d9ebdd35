export type { ApplyTo } from './apply-to.ts';
export {
  compileMutators,
  type MutateContext,
  type MutationResult,
  type Mutators,
  mutateObject,
} from './mutators.ts';
