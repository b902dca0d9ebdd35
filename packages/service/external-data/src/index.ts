export { createExternalData, type ExternalDataClient, type ExternalDataOptions } from './external-data.ts';
