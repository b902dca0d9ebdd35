import { misconfigured } from './http.ts';
import type { NotifyService } from './types.ts';

export function about({ type, name }: NotifyService): string {
  return name === type ? `the service ${name}` : `the ${type} service ${name}`;
}

export function textSetting(service: NotifyService, name: string): string | undefined {
  const value = service.settings[name];
  return typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined;
}

/** @throws SekishoError NOTIFY_MISCONFIGURED */
export function neededSetting(service: NotifyService, name: string): string {
  const value = textSetting(service, name);
  if (value === undefined) throw misconfigured(about(service), `${name} is missing`);
  return value;
}

export function mapOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Templates give lists and maps as JSON text. @throws SekishoError NOTIFY_MISCONFIGURED */
export function jsonOf(service: NotifyService, value: unknown, name: string): unknown {
  if (typeof value !== 'string') return value;
  if (value.trim() === '') return undefined;
  try {
    return JSON.parse(value);
  } catch {
    throw misconfigured(about(service), `what the template gives as ${name} is no JSON`);
  }
}
