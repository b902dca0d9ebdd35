import { SekishoError } from '@sekisho/base';

/** One object of an application, as people write it. */
export interface ResourceReference {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  /** Absent: wherever the application has one of this name. */
  readonly namespace?: string;
}

/**
 * `apps:Deployment:web`, `:Service:web` or `apps:Deployment:namespace/web`, as Argo CD's command line has them.
 *
 * @param flag what is told to be wrong
 * @throws SekishoError USAGE
 */
export function parseResource(text: string, flag = ''): ResourceReference {
  const match = /^([^:]*):([^:]+):(?:([^/:]+)\/)?([^/:]+)$/.exec(text);
  if (match === null) {
    throw new SekishoError('USAGE', `${flag === '' ? '' : `${flag} `}${text} can't be read.`, {
      hint: 'For example apps:Deployment:web or :Service:web.',
    });
  }
  const [, group = '', kind = '', namespace, name = ''] = match;
  return { group, kind, name, ...(namespace === undefined ? {} : { namespace }) };
}
