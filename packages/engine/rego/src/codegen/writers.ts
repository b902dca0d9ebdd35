import { emitBody } from './body.ts';
import type { Writers } from './emitter.ts';
import { emitTerm } from './term.ts';

export const WRITERS: Writers = { term: emitTerm, body: emitBody };
