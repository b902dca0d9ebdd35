import { defaultConfig, emptyConfig, mergeConfig, type TransformerConfig } from '../config/transformer-config.ts';
import { absorbVariable, type Variable } from '../names/variables.ts';
import { type BuildState, ResMap } from '../resource/res-map.ts';

/** What a kustomization has gathered so far. */
export class Accumulator {
  readonly resources: ResMap;
  config: TransformerConfig = emptyConfig;
  readonly variables: Variable[] = [];
  readonly #limit: number;

  constructor(limit: number, state: BuildState) {
    this.#limit = limit;
    this.resources = new ResMap(limit, state);
  }

  fresh(): Accumulator {
    return new Accumulator(this.#limit, this.resources.state);
  }

  /** Takes in what an inner kustomization gathered. @throws BuildFault when the two have something in common */
  merge(other: Accumulator): void {
    this.resources.appendAll(other.resources.resources);
    this.config = mergeConfig(this.config, other.config);
    for (const variable of other.variables) absorbVariable(this.variables, variable, true);
  }

  /** The fields of built-in kinds and those of the configurations. */
  get fullConfig(): TransformerConfig {
    return mergeConfig(defaultConfig, this.config);
  }
}
