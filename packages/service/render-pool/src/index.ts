export { currencyOf } from './currency.ts';
export type { RenderPoolLimits } from './limits.ts';
export {
  createRenderPool,
  type LazyTree,
  type PoolRenderOptions,
  type Rendering,
  type RenderPool,
  type RenderPoolOptions,
} from './pool.ts';
export { serveRenders } from './serve-renders.ts';
