import { messageOf } from '@sekisho/base';
import { type AdmissionRequest, readAdmissionReview } from '@sekisho/policy/asking';
import type { AdmissionAnswer, AdmissionQuestion, AdmittedReview } from './job.ts';

/** A question, and what it asks about. */
export interface ReadQuestion {
  readonly index: number;
  readonly question: AdmissionQuestion;
  readonly request: AdmissionRequest;
}

/** Questions of one step at one place. */
export type QuestionGroup = readonly [ReadQuestion, ...ReadQuestion[]];

const decoder = new TextDecoder('utf-8', { fatal: true });
const encoder = new TextEncoder();

/** Questions that can be answered together; what can't be read has its answer already, at its index. */
export function readQuestions(questions: readonly AdmissionQuestion[]): {
  readonly answers: AdmissionAnswer[];
  readonly groups: readonly QuestionGroup[];
} {
  const answers: AdmissionAnswer[] = [];
  const groups = new Map<string, [ReadQuestion, ...ReadQuestion[]]>();
  for (const [index, question] of questions.entries()) {
    const read = question.kind === 'decide' ? question : readBody(question.body);
    if ('fault' in read) {
      answers[index] = { answer: refused(read.fault) };
      continue;
    }
    const one = { index, question, request: read.request };
    const key = `${question.step} ${question.place.cluster}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return { answers, groups: [...groups.values()] };
}

function readBody(body: Uint8Array): { readonly request: AdmissionRequest } | { readonly fault: string } {
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(body));
  } catch (error) {
    return { fault: `the body is no JSON: ${messageOf(error)}` };
  }
  return readAdmissionReview(value);
}

function refused(message: string): AdmittedReview {
  return { status: 400, allowed: false, body: encoder.encode(JSON.stringify({ error: message })) };
}
