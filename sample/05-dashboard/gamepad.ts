/** A gamepad in a process of its own: sends the positions of its sticks 60 times a second by UDP. */
import { RemoteClient } from 'nestjs-remote';
import { released } from '../support/node-program.js';
import type { Gamepad } from './live-events.js';

const [address = ''] = process.argv.slice(2);
const client = new RemoteClient({ connect: address });

// Present positions, sent again and again: one that is lost does no harm.
const timer = setInterval(
  () => client.emit('gamepad', thumbs(performance.now() / 1000)),
  1000 / 60,
);
await released();
clearInterval(timer);
await client.close();

/** Where two thumbs hold the sticks, seconds after the start. */
function thumbs(seconds: number): Gamepad {
  return {
    left: {
      x: 0.7 * Math.sin(0.9 * seconds) + 0.3 * Math.sin(2.3 * seconds),
      y: 0.6 * Math.sin(0.7 * seconds + 1) + 0.35 * Math.sin(1.9 * seconds),
    },
    right: {
      x: 0.15 * Math.sin(1.4 * seconds),
      y: 0.75 * Math.sin(1.2 * seconds + 2) + 0.2 * Math.sin(3.1 * seconds),
    },
  };
}
