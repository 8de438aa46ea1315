import { RpcException } from '@nestjs/microservices';
import { throwError } from 'rxjs';
import { RemoteCallError } from '../errors/remote-call.error.js';
import type { RemoteContext } from '../server/handlers/remote-context.js';
import { type RemotePair, type RemotePairOptions, createRemotePair } from './remote-pair.js';

/** A service made of an object, and a client of it. */
export interface FakeService<Methods> extends RemotePair<Methods> {
  /** Closes the client, then the server. */
  close(this: void): Promise<void>;
}

/**
 * Serves the methods of an object, by their names, to a client that a test injects instead of the real
 * one: arguments, results and errors pass the codec as they would between two processes.
 *
 * ```ts
 * const math = fakeService({ add: (a: number, b: number) => a + b });
 * Test.createTestingModule({ imports: [AppModule] }).overrideProvider('MATH').useValue(math.client);
 * ```
 *
 * A method gets the positional arguments of `call` and `notify`, and the payload of `send` and `emit`. It
 * may return what a handler may: a value, a Promise, an Observable or an AsyncIterable. It is looked up at
 * each call, so a test may replace it or spy on it at any time. An `RpcException` and a `RemoteCallError`
 * that it throws reach the caller; any other error is masked and logged, as Nest does.
 *
 * @param methods the name of a method is the pattern that it serves
 * @param options of both ends
 * @throws {RemoteCallError} `INVALID_ARGUMENT` naming the option, its value and the remedy
 */
export function fakeService<Methods extends object>(
  methods: Methods,
  options?: RemotePairOptions,
): FakeService<Methods> {
  const pair = createRemotePair<Methods>(options);
  const { server, client } = pair;
  for (const name of namesOf(methods)) {
    server.addHandler(name, async (_payload: unknown, context?: unknown) => {
      const method = (methods as Record<string, (...args: readonly unknown[]) => unknown>)[name];
      try {
        return await method?.apply(methods, [...(context as RemoteContext).getCallArguments()]);
      } catch (error) {
        return passOn(error);
      }
    });
  }
  server.listen(() => undefined); // Nothing is in its way: its address is its own.
  return {
    ...pair,
    close: async () => {
      await client.close();
      await server.close();
    },
  };
}

/** The names of an object's functions, and of those that it has from classes. */
function namesOf(methods: object): string[] {
  const names = new Set<string>();
  let owner: object | null = methods;
  while (owner && owner !== Object.prototype) {
    Object.getOwnPropertyNames(owner).forEach((name) => names.add(name));
    owner = Object.getPrototypeOf(owner) as object | null;
  }
  names.delete('constructor');
  return [...names].filter(
    (name) => typeof (methods as Record<string, unknown>)[name] === 'function',
  );
}

/** Ends a handler as Nest's filters do with an error that is for the caller. @throws any other */
function passOn(error: unknown): unknown {
  if (error instanceof RpcException) {
    return throwError(() => error.getError());
  }
  if (error instanceof RemoteCallError) {
    const { message, code, context } = error;
    return throwError(() => ({ ...context, message, code }));
  }
  throw error;
}
