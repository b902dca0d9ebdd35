export function Project() {
  return <div>Project</div>;
}
