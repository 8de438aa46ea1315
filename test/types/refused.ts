// What must not compile: each `@ts-expect-error` is an error, in every version of TypeScript.
import { InjectRemote, RemoteClient, RemoteModule } from 'nestjs-remote';
import { MathController } from './accepted.js';

const connect = 'memory://types';
const math = new RemoteClient<MathController>({ connect });

export const names = [
  // @ts-expect-error -- no method has this name
  math.call.subtract(1, 2),
  // @ts-expect-error -- no method has this name
  math.notify.subtract(1, 2),
  // @ts-expect-error -- no method has this name
  math.stream.subtract(1, 2),
  // @ts-expect-error -- no method has this name
  math.send('subtract', 1),
  // @ts-expect-error -- no method has this name
  math.emit('subtract', 1),
];

export const args = [
  // @ts-expect-error -- an argument is missing
  math.call.add(1),
  // @ts-expect-error -- an argument has another type
  math.call.add(1, '2'),
  // @ts-expect-error -- no caller gives a context
  math.call.add(1, 2, 3),
  // @ts-expect-error -- an argument has another type
  math.notify.sum('1, 2'),
  // @ts-expect-error -- an argument has another type
  math.stream.count('3'),
  // @ts-expect-error -- the payload has another type
  math.send('sum', '1, 2'),
  // @ts-expect-error -- a payload is one argument, and not two
  math.send('add', [1, 2]),
  // @ts-expect-error -- the payload has another type
  math.emit('count', '3'),
];

// @ts-expect-error -- the result has another type
export const result: Promise<string> = math.call.add(1, 2);

export const registrations = [
  // @ts-expect-error -- no service has this name
  RemoteModule.register({ name: 'METH', connect }),
  // @ts-expect-error -- the name is missing
  RemoteModule.register({ connect }),
  // @ts-expect-error -- there is no such option
  RemoteModule.register({ name: 'MATH', conect: connect }),
];

export class Caller {
  // @ts-expect-error -- no service has this name
  constructor(@InjectRemote('METH') readonly client: RemoteClient<MathController>) {}
}
