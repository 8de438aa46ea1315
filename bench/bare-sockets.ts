import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Dealer } from 'zeromq';
import { percentile } from './statistics.js';

/** How long a small message takes there and back between two processes, in µs (p50). */
export interface BareSockets {
  zeromq: number;
  tcp: number;
}

const WARM_UP = 2000;
const MESSAGE = Buffer.alloc(16);

/**
 * Measures the sockets alone: what libzmq costs on this machine beside TCP is a bound for all that
 * is built on it. It varies with the price of a system call and of waking a thread.
 *
 * @param times how many messages of each kind
 */
export async function measureBareSockets(times: number): Promise<BareSockets> {
  const child = fork(fileURLToPath(new URL('processes/echo-process.js', import.meta.url)));
  const [{ zeromq, port }] = (await once(child, 'message')) as [{ zeromq: string; port: number }];
  try {
    return { zeromq: await pingZeromq(zeromq, times), tcp: await pingTcp(port, times) };
  } finally {
    await stop(child);
  }
}

async function pingZeromq(address: string, times: number): Promise<number> {
  const dealer = new Dealer({ linger: 0, sendTimeout: 0 });
  dealer.connect(address);
  const p50 = await medianOf(times, async () => {
    await dealer.send(['-', MESSAGE]);
    await dealer.receive();
  });
  dealer.close();
  return p50;
}

async function pingTcp(port: number, times: number): Promise<number> {
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  await once(socket, 'connect');
  const p50 = await medianOf(times, () => {
    const response = once(socket, 'data');
    socket.write(MESSAGE);
    return response;
  });
  socket.destroy();
  return p50;
}

async function medianOf(times: number, ping: () => Promise<unknown>): Promise<number> {
  const durations = new Float64Array(times);
  for (let index = -WARM_UP; index < times; index++) {
    const startedAt = performance.now();
    await ping();
    if (index >= 0) {
      durations[index] = performance.now() - startedAt;
    }
  }
  return percentile(durations, 0.5) * 1000;
}

async function stop(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}
