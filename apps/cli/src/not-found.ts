import { isSekishoError, SekishoError } from '@sekisho/base';

/** Says of an Application that isn't there how to find the ones that are. */
export async function namingApplication<T>(name: string, namespace: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isSekishoError(error, 'KUBE_NOT_FOUND')) throw error;
    throw new SekishoError('KUBE_NOT_FOUND', `There is no application ${name} in the namespace ${namespace}.`, {
      cause: error,
      hint: 'See which ones there are: sekisho app list',
    });
  }
}
