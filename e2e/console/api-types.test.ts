import { expectTypeOf, test } from 'vitest';
import type * as gates from '../../apps/console/src/api/gates.ts';
import type * as read from '../../apps/console/src/api/types.ts';
import type * as schemas from '../../apps/server/src/http/schemas.ts';
import type * as policies from '../../apps/server/src/http/schemas-policies.ts';
import type * as verdicts from '../../apps/server/src/http/schemas-verdicts.ts';
import type * as violations from '../../apps/server/src/http/schemas-violations.ts';

/** What a schema's value is. */
type Schemas = typeof schemas & typeof policies & typeof verdicts & typeof violations;
type Answer<Name extends keyof Schemas> = Schemas[Name]['_output'];

// The console shares no code with the server and says itself what it reads. Checked by the compiler (`npm run types`).
test('what the server answers is what the console reads', () => {
  expectTypeOf<Answer<'applicationRow'>>().toExtend<read.ApplicationRow>();
  expectTypeOf<Answer<'applicationList'>>().toExtend<read.ApplicationPage>();
  expectTypeOf<Answer<'applicationSummary'>>().toExtend<read.Overview['applications']>();
  expectTypeOf<Answer<'treeNode'>>().toExtend<read.TreeNode>();
  expectTypeOf<Answer<'fieldChange'>>().toExtend<read.FieldChange>();
  expectTypeOf<Answer<'resourceDiff'>>().toExtend<read.ResourceDiff>();
  expectTypeOf<Answer<'release'>>().toExtend<read.Release>();
  expectTypeOf<Answer<'releaseNote'>>().toExtend<read.Overview['changes'][number]>();
  expectTypeOf<Answer<'kubeEvent'>>().toExtend<read.KubeEvent>();
  expectTypeOf<Answer<'resourceAction'>>().toExtend<{ readonly action: string; readonly title: string }>();
  expectTypeOf<Answer<'notificationDelivery'>>().toExtend<read.NotificationDelivery>();
  expectTypeOf<Answer<'policyList'>>().toExtend<gates.PolicyList>();
  expectTypeOf<Answer<'policyDetail'>>().toExtend<gates.PolicyDetail>();
  expectTypeOf<Answer<'waiverRow'>>().toExtend<gates.WaiverRow>();
  expectTypeOf<Answer<'violationList'>>().toExtend<gates.ViolationPage>();
  expectTypeOf<Answer<'violationGroups'>['items'][number]>().toExtend<gates.ViolationGroup>();
  expectTypeOf<Answer<'violationHistory'>>().toExtend<gates.ViolationHistory>();
  expectTypeOf<Answer<'applicationVerdicts'>>().toExtend<gates.ApplicationVerdicts>();
  expectTypeOf<Answer<'objectVerdicts'>>().toExtend<gates.ObjectVerdicts>();
  expectTypeOf<Answer<'windowState'>>().toExtend<NonNullable<read.ApplicationDetail['windows']>>();
});
