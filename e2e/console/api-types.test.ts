import { expectTypeOf, test } from 'vitest';
import type * as read from '../../apps/console/src/api/types.ts';
import type * as schemas from '../../apps/server/src/http/schemas.ts';

/** What a schema's value is. */
type Answer<Name extends keyof typeof schemas> = (typeof schemas)[Name]['_output'];

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
  expectTypeOf<Answer<'windowState'>>().toExtend<NonNullable<read.ApplicationDetail['windows']>>();
});
