export function Audit() {
  return <div>Audit</div>;
}
