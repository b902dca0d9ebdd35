/** What long work shows on stderr: a changing line on a terminal, plain lines elsewhere. */
export interface Progress {
  show(text: string): void;
  /** A line that stays. */
  done(text: string): void;
}

export function createProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  const clear = stream.isTTY === true ? '\r\u001b[2K' : '';
  return {
    show(text) {
      if (stream.isTTY === true) stream.write(`${clear}${text} …`);
    },
    done(text) {
      stream.write(`${clear}${text}\n`);
    },
  };
}
