import { Controller } from '@nestjs/common';
import { Ctx, MessagePattern, RpcException } from '@nestjs/microservices';
import { type RemoteClient, RemoteContext } from 'nestjs-remote';
import { setImmediate } from 'node:timers/promises';
import {
  EMPTY,
  NEVER,
  type Observable,
  concat,
  interval,
  lastValueFrom,
  of,
  range,
  take,
  throwError,
  toArray,
} from 'rxjs';
import { expect, it } from 'vitest';
import { createClient, startService } from '../support/nest.js';
import { describePython, type PeerReply } from './python-peer.js';
import { fromHex, startPeer, toHex } from './start-peer.js';

@Controller()
class StreamsController {
  readonly signals: AbortSignal[] = [];
  release = (): void => undefined;

  @MessagePattern('burst')
  burst(): Observable<number> {
    return range(0, 1000);
  }

  @MessagePattern('ticks')
  ticks(): Observable<number> {
    return interval(1).pipe(take(5));
  }

  @MessagePattern('promise')
  promise(): Promise<Observable<number>> {
    return Promise.resolve(of(1, 2, 3));
  }

  @MessagePattern('generator')
  async *generator(): AsyncGenerator<string> {
    yield 'first';
    await setImmediate();
    yield 'last';
  }

  @MessagePattern('empty')
  empty(): Observable<never> {
    return EMPTY;
  }

  @MessagePattern('failing')
  failing(): Observable<number> {
    return concat(
      of(1, 2),
      throwError(() => new RpcException({ message: 'no funds', balance: 5 })),
    );
  }

  @MessagePattern('silent after one')
  silent(@Ctx() context: RemoteContext): Observable<number> {
    this.signals.push(context.getSignal());
    return concat(of(1), NEVER);
  }

  @MessagePattern('large')
  large(): Buffer {
    return Buffer.alloc(100_000, 7);
  }

  @MessagePattern('wait')
  wait(): Promise<string> {
    return new Promise((resolve) => (this.release = () => resolve('waited')));
  }
}

async function start() {
  const service = await startService({ controllers: [StreamsController] });
  const python = await startPeer('client', '--connect', service.address);
  const call = (method: string, ...args: unknown[]): Promise<PeerReply> =>
    python.request({ op: 'call', address: '-', method, args: toHex(args) });
  return { ...service, python, call, controller: service.app.get(StreamsController) };
}

describePython('A Python client of a service whose handlers have several values', () => {
  it.each([
    ['burst', '999'],
    ['ticks', '4'],
    ['promise', '3'],
    ['generator', "'last'"],
  ])('gets the last one: %s', async (method, repr) => {
    const { call } = await start();
    expect(await call(method)).toMatchObject({ ok: true, repr });
  });

  it('gets None where there is none', async () => {
    const { call } = await start();
    expect(await call('empty')).toMatchObject({ ok: true, type: 'NoneType' });
  });

  it('gets the error that comes after values', async () => {
    const { call } = await start();
    const reply = await call('failing');
    expect(reply).toMatchObject({ ok: false, message: 'no funds' });
    expect(fromHex(reply.context)).toEqual({ balance: 5 });
  });

  it('gets large byte strings in the payload', async () => {
    const { call } = await start();
    const value = fromHex((await call('large')).result);
    expect(Buffer.alloc(100_000, 7).equals(value as Buffer)).toBe(true);
  });

  it('logs nothing, though a Nest client streams and cancels at the same time', async () => {
    const { address, call, controller, python } = await start();
    const client: RemoteClient = createClient({ connect: address, timeout: 0 });
    const numbers = lastValueFrom(client.send<number>('burst', 1).pipe(toArray()));
    expect((await numbers).length).toBe(1000);
    const subscription = client.send('silent after one', 1).subscribe();
    await expect.poll(() => controller.signals.length).toBe(1);
    subscription.unsubscribe();

    const replies = await Promise.all(Array.from({ length: 50 }, () => call('generator')));
    expect(new Set(replies.map(({ repr }) => repr))).toEqual(new Set(["'last'"]));
    await expect.poll(() => controller.signals[0]?.aborted).toBe(true);
    await python.stop();
    expect(python.stderr).toBe('');
  });

  it('is notified when the service drains, and gets the response in flight', async () => {
    const { address, call, controller, python, server } = await start();
    const client: RemoteClient = createClient({ connect: address, timeout: 0 });
    await client.call.large();
    const waiting = call('wait');
    const initial = controller.release;
    await expect.poll(() => controller.release === initial).toBe(false);

    const closed = server.close();
    expect(await call('large')).toMatchObject({ ok: false, type: 'RemoteCallError' });
    controller.release();
    expect(await waiting).toMatchObject({ ok: true, repr: "'waited'" });
    await closed;
    await python.stop();
    expect(python.stderr).toBe('');
  });
});
