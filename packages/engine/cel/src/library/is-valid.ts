import { CelFault } from '../runtime/fault.ts';

/** Whether a reader takes its arguments: its `CelFault` is a no. */
export function isValid<Args extends readonly unknown[]>(read: (...args: Args) => unknown): (...args: Args) => boolean {
  return (...args) => {
    try {
      read(...args);
      return true;
    } catch (error) {
      if (error instanceof CelFault) return false;
      throw error;
    }
  };
}
