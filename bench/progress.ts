import type { ProgressListener } from './run-rounds.js';

const EVERY = 15_000;

/** Shows how far a run is: in place on a terminal, now and then a line elsewhere. */
export function showProgress(): ProgressListener {
  let shownAt = performance.now();
  return (done, total, what) => {
    const percent = String(Math.floor((done / total) * 100)).padStart(3);
    if (process.stderr.isTTY) {
      process.stderr.write(`\r\u001B[K${percent} %  ${what}`);
      if (done === total) {
        process.stderr.write('\r\u001B[K');
      }
    } else if (performance.now() - shownAt > EVERY) {
      shownAt = performance.now();
      process.stderr.write(`${percent} %  ${what}\n`);
    }
  };
}
