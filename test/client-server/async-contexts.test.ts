import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Injectable,
  UseGuards,
} from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { NEVER, type Observable, Subject, finalize, firstValueFrom, startWith } from 'rxjs';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { RemoteClient, type RemoteContext, type RemoteServer } from 'nestjs-remote';
import { SocketNode } from '../../lib/nodes/zeromq/socket-node.js';
import { createClient, startService } from '../support/nest.js';
import { vacantAddress } from '../robustness/processes.js';

/** Names the call that something belongs to. */
const storage = new AsyncLocalStorage<string>();

const here = (): string => storage.getStore() ?? 'nobody';

/** What happened, with the name of the call in whose context it did. */
let seen: string[];

beforeEach(() => {
  seen = [];
});

const note = (what: string): void => void seen.push(`${what}: ${here()}`);

@Injectable()
class NamingGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    storage.enterWith(context.switchToRpc().getData<string>());
    return true;
  }
}

let shared: Subject<string>;
let open: (() => void)[];

@Controller()
class Handlers {
  @UseGuards(NamingGuard)
  @MessagePattern('named')
  named(@Payload() _name: string): string {
    return here();
  }

  @MessagePattern('unnamed')
  unnamed(): string {
    return here();
  }

  @EventPattern('event')
  event(_data: unknown): void {
    note('event');
  }

  @UseGuards(NamingGuard)
  @MessagePattern('held')
  async held(@Payload() _name: string): Promise<string> {
    await new Promise<void>((resolve) => {
      open.push(resolve);
    });
    return here();
  }

  @UseGuards(NamingGuard)
  @MessagePattern('endless')
  endless(@Payload() name: string): Observable<string> {
    return NEVER.pipe(
      startWith(name),
      finalize(() => note('finalizer')),
    );
  }

  @UseGuards(NamingGuard)
  @MessagePattern('generator')
  async *generator(@Payload() name: string): AsyncGenerator<string> {
    try {
      for (;;) {
        yield name;
      }
    } finally {
      note('finally');
    }
  }

  @UseGuards(NamingGuard)
  @MessagePattern('listens')
  listens(@Payload() name: string, @Ctx() context: RemoteContext): Promise<never> {
    context.getSignal().addEventListener('abort', () => note('abort'));
    seen.push(`listens: ${name}`);
    return new Promise(() => undefined);
  }

  @UseGuards(NamingGuard)
  @MessagePattern('shared')
  shared(@Payload() name: string): Observable<string> {
    return shared.pipe(startWith(name));
  }

  @UseGuards(NamingGuard)
  @MessagePattern('complete')
  complete(@Payload() _name: string): void {
    shared.complete();
  }
}

async function start(options: { concurrency?: number } = {}): Promise<{
  server: RemoteServer;
  address: string;
  client: RemoteClient;
}> {
  shared = new Subject();
  open = [];
  const { server, address } = await startService(
    { controllers: [Handlers] },
    { bind: 'tcp://127.0.0.1:*', shutdownTimeout: 1, ...options },
  );
  return { server, address, client: createClient(address) };
}

/** Has the server run each call in a span, as a tracing agent does. */
function trace(server: RemoteServer): void {
  server.setOnProcessingStartHook((_transport, context, run) => {
    const [name] = (context as RemoteContext).getCallArguments();
    void storage.run(`span of ${String(name)}`, run);
  });
  server.setOnProcessingEndHook(() => note('end'));
}

describe('what a guard enters', () => {
  it('is there for the handler of its call, and for no later call or event', async () => {
    const { client } = await start();
    expect(await client.call.named('one')).toBe('one');
    expect(await client.call.unnamed()).toBe('nobody');
    await client.notify.event();
    await expect.poll(() => seen).toEqual(['event: nobody']);
  });

  it('is there for none of many calls at once but its own', async () => {
    const { client } = await start();
    const calls = Array.from({ length: 50 }, (_, number) =>
      number % 2 === 0 ? client.call.named(`call ${number}`) : client.call.unnamed(),
    );
    const expected = calls.map((_, number) => (number % 2 === 0 ? `call ${number}` : 'nobody'));
    expect(await Promise.all(calls)).toEqual(expected);
  });

  it('is not there for the call that gets the slot of its call', async () => {
    const { client } = await start({ concurrency: 1 });
    const first = client.call.held('one');
    await expect.poll(() => open.length).toBe(1);
    const second = client.call.unnamed();
    const third = client.notify.event();
    open[0]?.();
    expect(await Promise.all([first, second, third])).toEqual(['one', 'nobody', undefined]);
    await expect.poll(() => seen).toEqual(['event: nobody']);
  });
});

describe('what ends a call of a server from outside runs in the context of that call:', () => {
  it('the finalizer of an Observable that its caller cancels', async () => {
    const { client } = await start();
    await firstValueFrom(client.send('endless', 'one'));
    await expect.poll(() => seen).toEqual(['finalizer: one']);
  });

  it('the finally of a generator that its caller cancels', async () => {
    const { client } = await start();
    await firstValueFrom(client.send('generator', 'one'));
    await expect.poll(() => seen).toEqual(['finally: one']);
  });

  it('the finalizers of all streams of a server that closes', async () => {
    const { client, server } = await start();
    await Promise.all(
      ['one', 'two'].map(
        (name) =>
          new Promise<void>((resolve) => {
            client
              .send('endless', name)
              .subscribe({ next: () => resolve(), error: () => resolve() });
          }),
      ),
    );
    await storage.run('closing', () => server.close());
    expect(seen.toSorted()).toEqual(['finalizer: one', 'finalizer: two']);
  });

  it('the listeners of a signal, where the caller aborts', async () => {
    const { client } = await start();
    // A client cancels at a server that it knows to understand that.
    await client.call.unnamed();
    const controller = new AbortController();
    const call = client.issueCall('listens', ['one'], { signal: controller.signal });
    await expect.poll(() => seen).toEqual(['listens: one']);
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect.poll(() => seen).toEqual(['listens: one', 'abort: one']);
  });

  it('the listeners of a signal, where the time of another call is up too', async () => {
    const { client } = await start();
    const calls = ['one', 'two'].map((name) =>
      client.issueCall('listens', [name], { timeout: 300 }),
    );
    expect(await Promise.allSettled(calls)).toMatchObject([
      { reason: { code: 'DEADLINE_EXCEEDED' } },
      { reason: { code: 'DEADLINE_EXCEEDED' } },
    ]);
    await expect.poll(() => seen).toHaveLength(4);
    expect(seen.slice(2).toSorted()).toEqual(['abort: one', 'abort: two']);
  });

  it('the end hook of a stream that its caller cancels', async () => {
    const { client, server } = await start();
    trace(server);
    await firstValueFrom(client.send('endless', 'one'));
    await expect.poll(() => seen).toEqual(['finalizer: one', 'end: one']);
  });

  it('the end hook of a stream that another call completes', async () => {
    const { client, server } = await start();
    trace(server);
    const stream = new Promise<void>((resolve) => {
      client.send('shared', 'one').subscribe({
        next: () => void client.call.complete('two'),
        complete: resolve,
      });
    });
    await stream;
    await expect.poll(() => seen.toSorted()).toEqual(['end: one', 'end: two']);
  });

  it('the end hook of a plain call, in the span that the start hook has opened', async () => {
    const { client, server } = await start();
    trace(server);
    expect(await client.call.unnamed('one')).toBe('span of one');
    await expect.poll(() => seen).toEqual(['end: span of one']);
  });
});

describe('the context of a caller', () => {
  it('is that of all that its subscription gets, beside the subscriptions of others', async () => {
    const { client } = await start();
    const streams = ['one', 'two'].map((name) =>
      storage.run(
        `caller ${name}`,
        () =>
          new Promise<void>((resolve) => {
            client.send('shared', name).subscribe({
              next: () => note('value'),
              complete: () => {
                note('completion');
                resolve();
              },
            });
          }),
      ),
    );
    await expect.poll(() => seen).toHaveLength(2);
    storage.run('another caller', () => void client.call.complete('three'));
    await Promise.all(streams);
    expect(seen.toSorted()).toEqual([
      'completion: caller one',
      'completion: caller two',
      'value: caller one',
      'value: caller two',
    ]);
  });

  it.each([
    ['the service does not have', 'nowhere', (): unknown => undefined],
    ['its client cancels by closing', 'held', (caller: RemoteClient): unknown => caller.close()],
  ])('is that of the error of a call that %s', async (_, method, end) => {
    const { address } = await start();
    const caller = createClient(address);
    const failed = errorOf(caller, method);
    await expect.poll(() => open.length + seen.length).toBe(1);
    await storage.run('another', () => end(caller));
    await failed;
    expect(seen).toEqual(['error: caller']);
  });

  it('is that of the error of a call whose time is up together with that of another', async () => {
    const caller = createClient({ connect: await vacantAddress(), timeout: 200 });
    const other = storage.run('another', () => caller.call.anything().catch(() => undefined));
    await Promise.all([other, errorOf(caller, 'anything')]);
    expect(seen).toEqual(['error: caller']);
  });

  it("is that of a subclass's hook for responses", async () => {
    class Hooked extends RemoteClient {
      protected override serializeResponse(response: unknown): unknown {
        note('hook');
        return response;
      }
    }
    const { address } = await start();
    const caller = new Hooked({ connect: address });
    onTestFinished(() => caller.close());
    await storage.run('first', () => caller.call.unnamed());
    await storage.run('second', () => caller.call.unnamed());
    expect(seen).toEqual(['hook: first', 'hook: second']);
  });

  it('is not that of the links that its call opens', async () => {
    const { address } = await start();
    const caller = createClient(address);
    caller.on('connect', () => note('connect'));
    await storage.run('first', () => caller.call.unnamed());
    expect(seen).toEqual(['connect: nobody']);
  });
});

/** Calls a method in the context `caller`, and resolves when its error has come. */
function errorOf(client: RemoteClient, method: string): Promise<void> {
  return new Promise((resolve) => {
    const error = (): void => {
      note('error');
      resolve();
    };
    storage.run('caller', () => client.send(method, 'one').subscribe({ error }));
  });
}

describe('a node that is reopened', () => {
  it('receives in the context of its opening, not in that of what led to the reopening', async () => {
    const node = new SocketNode({ type: 'router', bind: ['tcp://127.0.0.1:*'] });
    onTestFinished(() => node.close());
    await node.open({
      message: () => {
        note('message');
        return undefined;
      },
      down: () => note('down'),
    });
    storage.run('some call', () => node.reopen('the test says so'));
    await expect.poll(() => node.addresses).toHaveLength(1);
    const caller = createClient({ connect: node.addresses[0] as string, timeout: 200 });
    await storage.run('some call', () => caller.notify.event());
    await expect.poll(() => seen).toHaveLength(3);
    expect(new Set(seen)).toEqual(new Set(['down: nobody', 'message: nobody']));
  });
});
