export type { AdmissionAnswer, AdmissionPlugin, AdmissionQuestion, AdmissionRequest } from './admission/plugin.ts';
export { type Cluster, type ClusterOptions, openCluster } from './cluster.ts';
export type { ServiceReference } from './webhook/configuration.ts';
