export { SIMULATE_ANNOTATION } from './node/simulate-pod.ts';
export { type Controllers, type ControllersOptions, type NodeOptions, startControllers } from './start.ts';
