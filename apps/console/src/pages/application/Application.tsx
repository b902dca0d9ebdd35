export function Application() {
  return <div>Application</div>;
}
