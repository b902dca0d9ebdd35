export function Projects() {
  return <div>Projects</div>;
}
