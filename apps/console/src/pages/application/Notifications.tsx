import { useQuery } from '@tanstack/react-query';
import type { ApplicationName } from '../../api/applications.ts';
import { getNotifications } from '../../api/operations.ts';
import type { ApplicationDetail } from '../../api/types.ts';
import { Deliveries } from '../../components/Deliveries.tsx';
import { Empty, Failure, Loading } from '../../components/Nothing.tsx';
import { rowKey } from '../../live/row-store.ts';

const SUBSCRIBE = /^notifications\.argoproj\.io\/subscribe\.(.+)\.([^.]+)$/;

/** Who is told of what about this application, and whether it arrived. */
export function Notifications({
  app,
  detail: { application, notifications },
}: {
  app: ApplicationName;
  detail: ApplicationDetail;
}) {
  const key = rowKey(app);
  const all = useQuery({
    queryKey: ['notifications', { application: key }],
    queryFn: ({ signal }) => getNotifications({ application: key }, undefined, signal),
    enabled: notifications === undefined,
    retry: false,
  });
  const deliveries = notifications ?? all.data?.deliveries;
  const subscriptions = Object.entries(application.metadata.annotations ?? {}).flatMap(([key, value]) => {
    const [, trigger, service] = SUBSCRIBE.exec(key) ?? [];
    return trigger === undefined || service === undefined ? [] : [{ trigger, service, recipients: value }];
  });
  return (
    <div className="sk-padded">
      <h2 className="sk-subtitle">Subscriptions</h2>
      {subscriptions.length === 0 ? (
        <Empty
          title="Nobody is told about this application alone"
          command={`kubectl annotate application ${app.name} -n ${app.namespace} notifications.argoproj.io/subscribe.on-health-degraded.slack=CHANNEL`}
        >
          Default subscriptions, if there are any, still count.
        </Empty>
      ) : (
        <ul className="sk-list">
          {subscriptions.map(({ trigger, service, recipients }) => (
            <li key={`${trigger}.${service}`}>
              <strong>{trigger}</strong> → {service}: {recipients}
            </li>
          ))}
        </ul>
      )}
      <h2 className="sk-subtitle">Deliveries</h2>
      {deliveries !== undefined ? (
        <Deliveries deliveries={deliveries} />
      ) : all.isError ? (
        <Failure error={all.error} what="The deliveries" retry={() => void all.refetch()} />
      ) : (
        <Loading what="deliveries" lines={2} />
      )}
    </div>
  );
}
