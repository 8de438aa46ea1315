import 'reflect-metadata';
import { once } from 'node:events';
import { type NodeProgram, startNode } from '../support/node-program.js';
import { check, finish, write } from '../support/report.js';
import { startDashboard } from './dashboard.js';
import { eventsOf } from './event-stream.js';
import type { ArmReport } from './robot-service.js';

/** With `--stay [port]` the dashboard stays open until Ctrl+C, and nothing is checked. */
const [stay, port = '0'] = process.argv.slice(2);

const arm = startNode(new URL('robot.js', import.meta.url));
const address = await arm.message();
const { app, url, gamepadAddress } = await startDashboard(address, Number(port));
const gamepad = startNode(new URL('gamepad.js', import.meta.url), gamepadAddress);
write(`The robot is process ${arm.pid}`);
write(`The dashboard is at ${url}`);

if (stay === '--stay') {
  void printMessages(arm);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
} else {
  await checkDashboard(arm);
  finish();
}

await app.close();
await Promise.all([arm.end(), gamepad.end()]);

/** Looks at what a page gets, stops the robot, and releases it. */
async function checkDashboard(robot: NodeProgram): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(60_000)]);
  const events = eventsOf(`${url}/events`, signal);

  write('\nWhat a page gets');
  const seen = new Set<string>();
  const shoulder = new Set<number>();
  for await (const { type, data } of until(() => seen.size === 4 && shoulder.size >= 10)) {
    seen.add(type);
    if (type === 'arm') {
      shoulder.add(data.angles.shoulder);
    }
  }
  check('the kinds of events', [...seen].toSorted(), ['arm', 'battery', 'gamepad', 'roundTrip']);
  check('the arm moves', shoulder.size >= 10, true);

  write('\nAn emergency stop');
  await fetch(`${url}/emergency-stop`, { method: 'POST' });
  check('the robot says', await robot.message(), 'stopped by the page');
  check('how many poses it reports', countPoses(await reports('stopped')), 1);

  write('\nThe release');
  await fetch(`${url}/release`, { method: 'POST' });
  check('the robot says', await robot.message(), 'released by the page');
  check('the arm moves', countPoses(await reports('moving')) > 1, true);
  stop.abort();

  /** The first reports of a state, of which the page knows by the robot alone. */
  async function reports(state: ArmReport['state']): Promise<ArmReport[]> {
    const found: ArmReport[] = [];
    for await (const { type, data } of until(() => found.length === 10)) {
      if (type === 'arm' && data.state === state) {
        found.push(data);
      }
    }
    return found;
  }

  /** The next events, up to that after which something is so. */
  async function* until(isReached: () => boolean): typeof events {
    while (!isReached()) {
      const { value, done } = await events.next();
      if (done) {
        return;
      }
      yield value;
    }
  }
}

async function printMessages({ messages }: NodeProgram): Promise<void> {
  for await (const message of messages) {
    write(`The robot: ${message}`);
  }
}

function countPoses(reports: ArmReport[]): number {
  return new Set(reports.map(({ angles }) => JSON.stringify(angles))).size;
}
