export { type ChartsOptions, createCharts } from './charts.ts';
export { type ProvenanceCheck, type VerifiedProvenance, verifyProvenance } from './provenance.ts';
export type {
  ChartCredentials,
  ChartLimits,
  Charts,
  ChartVersion,
  FindChartCredentials,
  SignedChart,
} from './types.ts';
