import ShieldAltIcon from '@patternfly/react-icons/dist/esm/icons/shield-alt-icon';
import { Empty } from '../Nothing.tsx';

/** How to get the first policy. */
export function NoPolicies() {
  return (
    <Empty title="No policies yet" icon={ShieldAltIcon} command="kubectl apply -f examples/gates/first-policy.yaml">
      A policy says what must not run. It is an object in git like everything else, and is asked when files are checked,
      before each sync, at admission and over what runs. The first one may be of the best practice that is built in:
      begin with warnings.
    </Empty>
  );
}
