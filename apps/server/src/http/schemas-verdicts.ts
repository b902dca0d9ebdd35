import { z } from 'zod';
import { violation } from './schemas-violations.ts';

// What the HTTP API answers about what policies say of an application before its sync.

const text = z.string();
const count = z.number().int();

const place = z.object({
  repo: text.exactOptional(),
  revision: text.exactOptional(),
  file: text,
  line: count.exactOptional(),
  column: count.exactOptional(),
});

const explanation = z.object({
  rule: z.object({ origin: place.exactOptional(), text }).exactOptional(),
  parameters: z.unknown().optional(),
  values: z
    .array(z.object({ path: text, value: z.unknown().optional() }))
    .meta({ description: 'Fields that the rule looked at, and what stood there; values of Secrets are left out.' }),
});

export const applicationVerdict = violation
  .pick({
    policyId: true,
    severity: true,
    decision: true,
    message: true,
    fields: true,
    remediation: true,
    waivedBy: true,
    waiverExpires: true,
    undecided: true,
  })
  .extend({
    policy: violation.shape.policy.extend({
      title: text.exactOptional(),
      origin: place.exactOptional().meta({ description: 'Where the policy is written.' }),
    }),
    object: violation.shape.object.omit({ cluster: true }),
    origin: place.exactOptional().meta({ description: 'The line of git that it is about.' }),
    excerpt: z
      .object({ from: count.meta({ description: 'Number of the first line.' }), lines: z.array(text) })
      .exactOptional()
      .meta({ description: 'Lines of the file around it; of files with Secrets there are none.' }),
    explanation: explanation.exactOptional(),
  })
  .meta({ id: 'ApplicationVerdict', description: 'What a policy says of an object that an application brings.' });

export const applicationVerdicts = z
  .object({
    revision: text.meta({ description: 'Of the first source.' }),
    deny: count,
    warn: count,
    total: count.meta({ description: 'Of all verdicts; `items` has at most 2,000 of them.' }),
    fault: text.exactOptional().meta({ description: 'Why policies could not be asked: nothing is synced then.' }),
    items: z.array(applicationVerdict).meta({ description: 'The hardest first.' }),
    passed: z
      .array(z.object({ file: text, policyId: text }))
      .meta({ description: 'Which policies are about which files, and have nothing against them.' }),
    diagnostics: z
      .array(
        z.object({
          code: text,
          severity: z.enum(['error', 'warning']),
          message: text,
          origin: place.exactOptional(),
          hint: text.exactOptional(),
        }),
      )
      .meta({ description: 'Faults of waivers that the application brings: such cover nothing.' }),
  })
  .meta({ id: 'ApplicationVerdicts' });
