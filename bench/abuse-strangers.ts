// Strangers in a process of their own: `node abuse-strangers.js <port> <half-open> <connects a second>`. They open so many
// connections and never say a word, and so many more each second, each of which stays for a second. Tells its parent
// when the first are open, and how many of all are open whenever it is asked. Ends with its parent.
import { type Socket, connect } from 'node:net';

/** What it tells. */
export interface StrangersReport {
  open: number;
  opened: number;
}

/** How long one of those that come each second stays, in milliseconds. */
const STAY = 1000;

/** How many connect at once in the beginning, and how often those of a second come, in milliseconds. */
const AT_ONCE = 200;
const BEAT = 20;

process.on('disconnect', () => process.exit());
const [port = 0, halfOpen = 0, perSecond = 0] = process.argv.slice(2).map(Number);
const open = new Set<Socket>();
let opened = 0;

for (let count = 0; count < halfOpen; count += AT_ONCE) {
  await Promise.all(
    Array.from({ length: Math.min(AT_ONCE, halfOpen - count) }, (_, i) => visit(count + i)),
  );
}
tell();
process.on('message', tell);
let owed = 0;
setInterval(() => {
  for (owed += (perSecond * BEAT) / 1000; owed >= 1; owed--) {
    void visit(opened).then((stranger) => {
      setTimeout(() => stranger.destroy(), STAY);
    });
  }
}, BEAT);

/** Connects, from one of many addresses of this machine. */
function visit(number: number): Promise<Socket> {
  const localAddress = `127.0.${1 + (number % 4)}.1`;
  const stranger = connect({ host: '127.0.0.1', port, localAddress }).resume();
  return new Promise((resolve) => {
    stranger.once('connect', () => {
      open.add(stranger);
      opened++;
      resolve(stranger);
    });
    stranger.on('error', () => resolve(stranger));
    stranger.once('close', () => open.delete(stranger));
  });
}

function tell(): void {
  const report: StrangersReport = { open: open.size, opened };
  process.send?.(report);
}
