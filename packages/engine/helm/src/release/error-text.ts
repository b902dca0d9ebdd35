/** A fault inside of a template that another one included: Helm shows each as a frame of its own. */
export interface TemplateFault {
  readonly message: string;
  /** The fault of the template that a function executed, when that is what failed. */
  readonly cause?: TemplateFault | undefined;
}

const EXECUTION = /^template: ([^\n]+?): executing ([^\n]+?) at (.+?): (.+)$/s;
const NO_TEMPLATE = /^template: no template (.*) associated with template (.*)$/;

/**
 * Helm's text of a fault: a frame per template, innermost last; the plain text of Go where a function failed of itself.
 *
 * @param failure what `fail` or `required` said, which stands for everything
 */
export function errorText(fault: TemplateFault, failure: string | undefined): string {
  const at = /^template: (\S+?:\d+:\d+): executing/.exec(fault.message)?.[1];
  if (failure !== undefined && at !== undefined) return `execution error at (${at}): ${failure}`;
  const frames: string[] = [];
  for (let current: TemplateFault | undefined = fault; current !== undefined; current = current.cause) {
    const frame = frameOf(current);
    if (frame === undefined) return fault.message;
    frames.push(frame);
    // A function failed of itself: no template stands behind it.
    if (current.cause === undefined && /^error calling \S+: /.test(lastPart(current.message))) return fault.message;
  }
  return frames.join('\n');
}

function lastPart(message: string): string {
  return EXECUTION.exec(message)?.[4] ?? message;
}

function frameOf({ message, cause }: TemplateFault): string | undefined {
  if (NO_TEMPLATE.test(message)) return message;
  const match = EXECUTION.exec(message);
  if (match === null) return undefined;
  const [, place = '', name = '', expression = '', text = ''] = match;
  const own =
    cause === undefined || !text.endsWith(cause.message) ? text : text.slice(0, -cause.message.length).trimEnd();
  return `${place}\n  executing ${name} at ${expression}:\n    ${own}`;
}

/** Helm's text of what can not be parsed: `parse error at (FILE:LINE): MESSAGE`. */
export function parseErrorText(message: string): string {
  const match = /^template: (\S+:\d+)(?::\d+)?: (.*)$/s.exec(message);
  // Helm shows what stands behind the last colon.
  return match === null ? message : `parse error at (${match[1]}): ${match[2]?.split(': ').at(-1)}`;
}
