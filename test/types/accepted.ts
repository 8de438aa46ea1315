// What must compile, with every version of TypeScript that the package supports.
import { Controller } from '@nestjs/common';
import {
  type ClientProxy,
  ClientsModule,
  Ctx,
  MessagePattern,
  Payload,
} from '@nestjs/microservices';
import {
  Arg,
  type Remote,
  RemoteClient,
  type RemoteContext,
  type RemoteMethods,
  RemoteModule,
  RemoteRecordBuilder,
  remoteClient,
} from 'nestjs-remote';
import { createRemotePair, fakeService } from 'nestjs-remote/testing';
import type { Observable } from 'rxjs';

declare module 'nestjs-remote' {
  interface RemoteServices {
    MATH: MathController;
    WORDS: WordService;
  }
}

interface WordService {
  readonly version: string;
  upper(text: string, locale?: string): Promise<string>;
  join(...words: string[]): string;
  letters(word: string): Observable<string>;
}

@Controller()
export class MathController {
  @MessagePattern('add')
  add(@Arg(0) a: number, @Arg(1) b: number, @Ctx() _context: RemoteContext): number {
    return a + b;
  }

  @MessagePattern('sum')
  sum(@Ctx() _context: RemoteContext, @Payload() numbers: number[]): Promise<number> {
    return Promise.resolve(numbers.length);
  }

  @MessagePattern('count')
  async *count(@Payload() limit: number, @Ctx() _context?: RemoteContext): AsyncGenerator<number> {
    yield limit;
  }

  @MessagePattern('whoami')
  whoami(@Ctx() context: RemoteContext): string {
    return context.getSender();
  }

  // oxlint-disable-next-line typescript/no-explicit-any -- as untyped code has it
  loose(value: any): any {
    return value;
  }
}

const connect = 'memory://types';
const math = new RemoteClient<MathController>({ connect });
const words: Remote<'WORDS'> = new RemoteClient<WordService>({ connect });
const untyped = new RemoteClient({ connect });

export const calls: [
  Promise<number>,
  Promise<number>,
  Promise<number>,
  Promise<string>,
  Promise<string>,
  Promise<string>,
  Promise<string>,
  Promise<unknown>,
] = [
  math.call.add(1, 2),
  math.call.sum([1, 2]),
  math.call.count(3),
  math.call.whoami(),
  words.call.upper('a'),
  words.call.upper('a', 'de'),
  words.call.join('a', 'b', 'c'),
  math.call.loose({}),
];

export const sent: [
  Observable<number>,
  Observable<number>,
  Observable<string>,
  Observable<string>,
] = [
  math.send('sum', [1, 2]),
  math.send('add', RemoteRecordBuilder.fromArguments(1, 2).build()),
  math.send('whoami', {}),
  words.send('upper', 'a'),
];

export const events: [Promise<void>, Observable<void>] = [
  math.notify.add(1, 2),
  words.emit('upper', 'a'),
];

export async function read(): Promise<void> {
  for await (const number of math.stream.count(3)) {
    number.toFixed();
  }
  for await (const letter of words.stream.letters('word')) {
    letter.toUpperCase();
  }
}

export const objects: Observable<number> = math.send<number>({ cmd: 'add' }, [1, 2]);

export const anything: [Promise<unknown>, Observable<number>, Observable<unknown>] = [
  untyped.call.whatever(1),
  untyped.send<number>('whatever', 1),
  untyped.emit('whatever', 1),
];

export const proxies: ClientProxy[] = [math, words, untyped];
export const loosest: RemoteClient = math;

export const methods: RemoteMethods<WordService> = words.call;

export const modules = [
  RemoteModule.register({ name: 'MATH', connect }),
  RemoteModule.registerAsync({ name: 'WORDS', useFactory: () => ({ connect }) }),
  ClientsModule.register([remoteClient({ name: 'MATH', connect })]),
];

export const faked: Promise<number> = fakeService({
  add: (a: number, b: number) => a + b,
}).client.call.add(1, 2);
export const paired: Promise<number> = createRemotePair<MathController>().client.call.add(1, 2);
