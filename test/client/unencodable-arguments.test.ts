import { type RemoteClient, RemoteRecordBuilder } from 'nestjs-remote';
import { firstValueFrom } from 'rxjs';
import { expect, it } from 'vitest';
import { createClient } from '../support/nest.js';

const bad: { self?: unknown } = {};
bad.self = bad;

it.each([
  ['the data of send', (data: object) => firstValueFrom(ask().send('t', data)), 'data.bad.self'],
  ['the data of emit', (data: object) => firstValueFrom(ask().emit('t', data)), 'data.bad.self'],
  ['the only argument of a call', (data: object) => ask().call.t(data), 'data.bad.self'],
  ['one of several arguments', (data: object) => ask().call.t(1, data), 'args[1].bad.self'],
  [
    'an argument of a record',
    (data: object) =>
      firstValueFrom(ask().send('t', RemoteRecordBuilder.fromArguments(1, data).build())),
    'args[1].bad.self',
  ],
])(
  'the path to what cannot be encoded begins as its caller wrote %s',
  async (_what, call, path) => {
    await expect(call({ bad })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: `cannot send 't': cyclic reference at ${path}`,
    });
  },
);

function ask(): RemoteClient {
  return createClient('tcp://127.0.0.1:1');
}
