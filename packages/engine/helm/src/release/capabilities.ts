import { GoObject, goFunction, typed } from '@sekisho/gotemplate';
import { ChartFault } from '../fault.ts';

/** What a chart may ask of the cluster. */
export interface Capabilities {
  readonly value: GoObject;
  /** `v1.35.0`: what Chart.yaml's kubeVersion is compared with. */
  readonly kubeVersion: string;
}

/** Kubernetes that this Helm knows without a cluster. */
const DEFAULT_KUBE_VERSION = 'v1.35.0';
/** In the order of client-go's scheme. */
const API_VERSIONS: readonly string[] =
  `v1 admissionregistration.k8s.io/v1 admissionregistration.k8s.io/v1alpha1 admissionregistration.k8s.io/v1beta1
internal.apiserver.k8s.io/v1alpha1 apps/v1 apps/v1beta1 apps/v1beta2 authentication.k8s.io/v1 authentication.k8s.io/v1alpha1
authentication.k8s.io/v1beta1 authorization.k8s.io/v1 authorization.k8s.io/v1beta1 autoscaling/v1 autoscaling/v2
autoscaling/v2beta1 autoscaling/v2beta2 batch/v1 batch/v1beta1 certificates.k8s.io/v1 certificates.k8s.io/v1beta1
certificates.k8s.io/v1alpha1 coordination.k8s.io/v1alpha2 coordination.k8s.io/v1beta1 coordination.k8s.io/v1
discovery.k8s.io/v1 discovery.k8s.io/v1beta1 events.k8s.io/v1 events.k8s.io/v1beta1 extensions/v1beta1
flowcontrol.apiserver.k8s.io/v1 flowcontrol.apiserver.k8s.io/v1beta1 flowcontrol.apiserver.k8s.io/v1beta2
flowcontrol.apiserver.k8s.io/v1beta3 networking.k8s.io/v1 networking.k8s.io/v1beta1 node.k8s.io/v1 node.k8s.io/v1alpha1
node.k8s.io/v1beta1 policy/v1 policy/v1beta1 rbac.authorization.k8s.io/v1 rbac.authorization.k8s.io/v1beta1
rbac.authorization.k8s.io/v1alpha1 resource.k8s.io/v1 resource.k8s.io/v1beta2 resource.k8s.io/v1beta1
resource.k8s.io/v1alpha3 scheduling.k8s.io/v1alpha1 scheduling.k8s.io/v1beta1 scheduling.k8s.io/v1 storage.k8s.io/v1beta1
storage.k8s.io/v1 storage.k8s.io/v1alpha1 storagemigration.k8s.io/v1beta1 apiextensions.k8s.io/v1beta1
apiextensions.k8s.io/v1`.split(/\s+/);

/**
 * @param kubeVersion `1.30` or `v1.30.2`; default Kubernetes 1.35
 * @param apiVersions besides those of Kubernetes itself: `monitoring.coreos.com/v1`, `monitoring.coreos.com/v1/ServiceMonitor`
 * @throws ChartFault KUBE_VERSION_INVALID
 */
export function capabilitiesOf(kubeVersion: string | undefined, apiVersions: readonly string[] = []): Capabilities {
  const { version, normal, major, minor } = parseKubeVersion(kubeVersion ?? DEFAULT_KUBE_VERSION);
  const known = [...API_VERSIONS, ...apiVersions];
  const versions = typed(known, 'common.VersionSet', {
    Has: goFunction(['string'], (wanted: string) => known.includes(wanted)),
  });
  const value = new GoObject({
    type: '*common.Capabilities',
    fields: {
      KubeVersion: new GoObject({
        type: 'common.KubeVersion',
        fields: { Version: version, Major: major, Minor: minor },
        methods: { GitVersion: () => version, String: () => normal },
        text: () => normal,
      }),
      APIVersions: versions,
      HelmVersion: new GoObject({
        type: 'version.BuildInfo',
        fields: {
          Version: 'v4.1.4',
          GitCommit: '05fa37973dc9e42b76e1d2883494c87174b6074f',
          GitTreeState: 'clean',
          GoVersion: 'go1.25.9',
          KubeClientVersion: 'v1.35',
        },
      }),
    },
  });
  return { value, kubeVersion: version };
}

/** `normal` has neither leading zeros nor what a provider adds behind the numbers. */
function parseKubeVersion(text: string): { version: string; normal: string; major: string; minor: string } {
  const match = /^v?(\d+(?:\.\d+)+)(?:[-+].*)?$/.exec(text);
  if (match === null) {
    const reason = /^v?\d/.test(text)
      ? `illegal version string ${JSON.stringify(text)}`
      : `could not parse ${JSON.stringify(text)} as version`;
    throw new ChartFault('KUBE_VERSION_INVALID', `invalid kube version '${text}': ${reason}`, {
      file: '--kube-version',
    });
  }
  const parts = (match[1] ?? '').split('.').map((part) => part.replace(/^0+(?=\d)/, ''));
  const [major = '', minor = ''] = parts;
  return { version: text.startsWith('v') ? text : `v${text}`, normal: `v${parts.join('.')}`, major, minor };
}
