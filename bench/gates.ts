import { cpus } from 'node:os';
import { benchAdmission } from './gates/admission.ts';
import { benchAdmissionBesideOpa } from './gates/admission-opa.ts';
import { benchAudit } from './gates/audit.ts';
import type { Figure, Run } from './shape.ts';

/** Policies at work: `npm run bench -- gates [admission] [opa] [audit]`. */
export const run: Run = async (options) => {
  const { args } = options;
  const isWanted = (part: string) => args.length === 0 || args.includes(part);
  const figures: Figure[] = [];
  if (isWanted('admission')) figures.push(...(await benchAdmission(options)));
  if (isWanted('opa')) figures.push(...(await benchAdmissionBesideOpa(options)));
  if (isWanted('audit')) figures.push(...(await benchAudit(options)));
  return {
    figures,
    setting: { node: process.version, processors: cpus().length, processor: cpus()[0]?.model ?? '' },
  };
};
