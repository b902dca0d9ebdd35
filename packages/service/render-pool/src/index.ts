export type { RenderPoolLimits } from './limits.ts';
