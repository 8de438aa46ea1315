import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { Broker } from '../transports/transport.js';

const HOST = '127.0.0.1';
const ATTEMPTS = 100;

/** A broker of others, on a port of its own. */
export class BrokerProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {}

  /** @throws {Error} if it does not listen within some seconds */
  static async start({ command, args }: Broker): Promise<BrokerProcess> {
    const port = await freePort();
    const child = spawn(command, args(port), { stdio: 'ignore' });
    process.once('exit', () => child.kill());
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (await isListening(port)) {
        return new BrokerProcess(child, port);
      }
      await setTimeout(50);
    }
    child.kill();
    throw new Error(`${command} does not listen on port ${port}`);
  }

  async stop(): Promise<void> {
    this.child.kill();
    await once(this.child, 'exit');
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, HOST);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
