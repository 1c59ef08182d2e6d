import type { Progress } from '@memori/evaluation';

/** Writes how far it is, at most once for each whole percent. */
export function progressLine(write: (text: string) => void): Progress {
  let shown = -1;
  return (done, total) => {
    const percent = Math.floor((100 * done) / total);
    if (percent === shown) return;
    shown = percent;
    write(`\r${done} of ${total} (${percent} %)${done === total ? '\n' : ''}`);
  };
}
