import { messageOf } from '@sekisho/base';
import {
  compilePolicySet,
  createSurroundings,
  decideAdmissions,
  type ExemptionOptions,
  type ExternalDataRequest,
  type ExternalDataResponse,
  type GateContext,
  type GateRequest,
  type PolicyBundle,
  type PolicySet,
  parseWaiver,
  type Surroundings,
} from '@sekisho/policy';
import { serveThread, type ThreadContext } from '@sekisho/thread-pool';
import { admittedReview } from './admitted-review.ts';
import type {
  AdmissionAnswer,
  AdmissionQuestion,
  Answers,
  Job,
  JobPlace,
  PlainDocument,
  PolicySetInfo,
  PreludePart,
  SurroundChange,
} from './job.ts';
import { type QuestionGroup, type ReadQuestion, readQuestions } from './read-questions.ts';

/** For one policy to speak: beyond it the answer is that it gave none. */
const POLICY_MS = 500;
const POLICY_STEPS = 5_000_000;
/** For a Provider to answer; it has its own, shorter time. */
const PROVIDER_MS = 10_000;

/** Makes this thread one that compiles and asks policies. */
export function servePolicies(): void {
  const desk = new Desk();
  serveThread(
    (job: Job, context) => desk.answer(job, context),
    (part: PreludePart) => desk.learn(part),
  );
}

class Desk {
  #exempt: ExemptionOptions = { controlNamespace: '' };
  /** Of the set that is being told. */
  #documents: PlainDocument[] = [];
  #bundles: PolicyBundle[] = [];
  #set: PolicySet | undefined;
  /** By policy, what stands for it in the shared memory. */
  #numbers: ReadonlyMap<string, number> = new Map();
  #progress: Int32Array | undefined;
  /** Of the job that is done now. */
  #context: Pick<ThreadContext, 'askNow'> | undefined;
  readonly #surroundings = new Map<string, Surroundings>();
  #requests: GateRequest[] = [];
  readonly #deadline = new Deadline();

  learn(part: PreludePart): void {
    switch (part.kind) {
      case 'settings':
        this.#progress = new Int32Array(part.progress);
        this.#exempt = part.exempt;
        break;
      case 'documents':
        for (const document of part.documents) this.#documents.push(document);
        break;
      case 'bundle':
        this.#bundles.push(part.bundle);
        break;
      case 'compile':
        this.#compile();
        break;
      case 'surround':
        this.#surround(part.change);
        break;
      case 'requests':
        // What is there before the first is left of a job that nobody wanted any more.
        this.#requests.length = part.from;
        for (const request of part.requests) this.#requests.push(request);
        break;
      default:
        part satisfies never;
    }
  }

  #compile(): void {
    const sources = { documents: this.#documents, bundles: this.#bundles };
    this.#documents = [];
    this.#bundles = [];
    const previous = this.#set;
    this.#set = compilePolicySet(sources, {
      controlNamespace: this.#exempt.controlNamespace,
      externalData: (request) => this.#askProvider(request),
      ...(previous === undefined ? {} : { previous }),
    });
    this.#numbers = new Map(this.#set.policies.map(({ id }, index) => [id, index + 1]));
  }

  #surround({ cluster, put, remove }: SurroundChange): void {
    const around = this.#around(cluster);
    for (const object of remove) around.remove(object);
    for (const object of put) around.put(object);
  }

  answer(job: Job, context: Pick<ThreadContext, 'askNow'>): Answers[Job['kind']] {
    const set = this.#set;
    if (set === undefined) throw new Error('no policies were given to this thread');
    this.#context = context;
    try {
      return this.#answer(set, job);
    } finally {
      this.#note(0);
      this.#context = undefined;
    }
  }

  #answer(set: PolicySet, job: Job): Answers[Job['kind']] {
    switch (job.kind) {
      case 'load':
        return infoOf(set);
      case 'admission':
        return this.#answerAdmission(set, job.questions);
      case 'judge':
        return set.judgeEach(job.requests, this.#contextOf(job.place));
      case 'judgeTogether': {
        const requests = this.#requests;
        this.#requests = [];
        return set.judgeTogether(requests, this.#contextOf(job.place));
      }
      case 'mutate':
        return set.mutate(job.request, this.#contextOf(job.place));
      case 'explain':
        return set.explain(job.verdict, job.request, this.#contextOf(job.place));
      default:
        return job satisfies never;
    }
  }

  #answerAdmission(set: PolicySet, questions: readonly AdmissionQuestion[]): readonly AdmissionAnswer[] {
    const { answers, groups } = readQuestions(questions);
    for (const group of groups) {
      const decided = this.#decide(set, group);
      for (const [at, { index }] of group.entries()) answers[index] = decided[at] as AdmissionAnswer;
    }
    return answers;
  }

  /** All together, and when that fails each alone: what is wrong with one request is no matter of those that came with it. */
  #decide(set: PolicySet, group: QuestionGroup): readonly AdmissionAnswer[] {
    const { place, step } = group[0].question;
    try {
      const requests = group.map(({ request }) => request);
      const context = this.#contextOf(place);
      return decideAdmissions(set, requests, { ...this.#exempt, step, context }).map((decision, at) => {
        const { question, request } = group[at] as ReadQuestion;
        return { answer: question.kind === 'decide' ? decision : admittedReview(request, decision) };
      });
    } catch (error) {
      if (group.length === 1) return [{ fault: messageOf(error) }];
      return group.flatMap((one) => this.#decide(set, [one]));
    }
  }

  #contextOf(place: JobPlace): GateContext {
    const { gate, cluster, now, policies, waivers = [] } = place;
    const own = waivers.flatMap((document) => parseWaiver(document, this.#exempt).waiver ?? []);
    const rest = {
      gate,
      cluster,
      now,
      surroundings: this.#around(cluster),
      ...(policies === undefined ? {} : { policies: new Set(policies) }),
      ...(own.length === 0 ? {} : { waivers: own }),
    };
    this.#deadline.start();
    const limits = { steps: POLICY_STEPS, deadline: this.#deadline };
    const onPolicy = (id: string) => {
      this.#deadline.start();
      this.#note(this.#numbers.get(id) ?? 0);
    };
    return { ...rest, limits, onPolicy };
  }

  /** Rules can't wait: the thread sleeps meanwhile. */
  #askProvider(request: ExternalDataRequest): ExternalDataResponse {
    const asked = Date.now();
    try {
      // A policy is tried out when it is compiled, too.
      if (this.#context === undefined) throw new Error('nobody asks for external data yet');
      return this.#context.askNow(request, PROVIDER_MS) as ExternalDataResponse;
    } catch (error) {
      return { responses: [], errors: [], statusCode: 500, systemError: messageOf(error) };
    } finally {
      // It is not the policy that is slow.
      this.#deadline.at += Date.now() - asked;
    }
  }

  #note(number: number): void {
    if (this.#progress !== undefined) Atomics.store(this.#progress, 0, number);
  }

  #around(cluster: string): Surroundings {
    let around = this.#surroundings.get(cluster);
    if (around === undefined) {
      around = createSurroundings();
      this.#surroundings.set(cluster, around);
    }
    return around;
  }
}

/** Until when a policy may speak. */
class Deadline {
  readonly clock = Date.now;
  at = 0;

  start(): void {
    this.at = this.clock() + POLICY_MS;
  }
}

function infoOf({ policies, waivers, diagnostics, needs, concernTable }: PolicySet): PolicySetInfo {
  return {
    policies,
    waivers: waivers.map(({ covers: _, ...plain }) => plain),
    diagnostics,
    needs,
    concernTable,
  };
}
