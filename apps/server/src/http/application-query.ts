import { messageOf, SekishoError } from '@sekisho/base';
import { parseLabelSelector } from '@sekisho/kube';
import { z } from 'zod';
import { type ApplicationQuery, type Position, SORT_FIELDS, type SortField } from '../application-rows/query.ts';

const MAX_VALUES = 200;
const value = z.string().max(1024);
/** A parameter that may be repeated: its values are alternatives. */
const values = z.union([value.transform((one) => [one]), z.array(value).max(MAX_VALUES)]).optional();
const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

const sorts = SORT_FIELDS.flatMap((field) => [field, `-${field}` as const]);

export const applicationQuery = z.object({
  search: z.string().max(256).optional().meta({ description: 'Words that must all occur in the row.' }),
  project: values,
  sync: values,
  health: values,
  cluster: values.meta({ description: 'Name or address of the destination.' }),
  namespace: values.meta({ description: 'Namespace of the destination.' }),
  repo: values,
  gate: values.meta({ description: 'What policies say before a sync: deny, warn or pass.' }),
  appNamespace: values.meta({ description: 'Namespace of the Application object.' }),
  label: values.meta({ description: 'A label selector as kubectl reads it: `team=shop,tier in (web)`.' }),
  autoSync: flag.optional(),
  drifted: flag.optional(),
  sort: z.enum(sorts).default('name').meta({ description: 'Field; with a minus before it from the other end.' }),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(2048).optional().meta({ description: '`next` of the page before; of the same sort.' }),
  include: z.enum(['application']).optional().meta({ description: 'Each item carries its Application object, too.' }),
});

/** @throws SekishoError REQUEST_INVALID */
export function toApplicationQuery(given: z.infer<typeof applicationQuery>): ApplicationQuery {
  const { project, sync, health, cluster, namespace, repo, gate } = given;
  const descending = given.sort.startsWith('-');
  const sort = given.sort.replace(/^-/, '') as SortField;
  return {
    search: given.search,
    facets: { project, sync, health, cluster, namespace, repo, gate },
    appNamespaces: given.appNamespace,
    labels: given.label?.map(toSelector),
    autoSync: given.autoSync,
    drifted: given.drifted,
    sort,
    descending,
    limit: given.limit,
    after: given.cursor === undefined ? undefined : readCursor(given.cursor, sort),
  };
}

function toSelector(text: string) {
  try {
    return parseLabelSelector(text);
  } catch (error) {
    throw new SekishoError('REQUEST_INVALID', `label ${text} is no label selector: ${messageOf(error)}.`);
  }
}

const cursor = z.tuple([z.string(), z.union([z.string(), z.number()]), z.string()]);

/** What a page ended with; later pages begin after it, whatever has come and gone. */
export function writeCursor(sort: SortField, { value, key }: Position): string {
  return Buffer.from(JSON.stringify([sort, value, key])).toString('base64url');
}

function readCursor(text: string, sort: SortField): Position {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    parsed = undefined;
  }
  const { data } = cursor.safeParse(parsed);
  if (data === undefined || data[0] !== sort) {
    throw new SekishoError('REQUEST_INVALID', 'The cursor is not one of this list.', {
      hint: 'Give back `next` as it came, with the same sort; or leave it out to begin with the first page.',
    });
  }
  return { value: data[1], key: data[2] };
}
