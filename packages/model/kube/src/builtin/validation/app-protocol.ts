import { isQualifiedName } from './names.ts';
import { addInvalid, type Errors, type Json } from './report.ts';

export function validateAppProtocol(port: Json, path: string, errors: Errors): void {
  const protocol = port['appProtocol'];
  if (typeof protocol === 'string') addInvalid(errors, `${path}.appProtocol`, protocol, isQualifiedName(protocol));
}
