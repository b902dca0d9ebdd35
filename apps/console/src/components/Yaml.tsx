import { toYaml } from '../format/yaml.ts';

/** A value to read, with lines as long as they are. */
export function Yaml({ value, label, isMuted = false }: { value: unknown; label: string; isMuted?: boolean }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className={isMuted ? 'sk-yaml sk-muted' : 'sk-yaml'} tabIndex={0} aria-label={label}>
      {toYaml(value)}
    </section>
  );
}
