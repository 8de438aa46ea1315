import type { WritePacket } from '@nestjs/microservices';
import { isRemoteErrorCode } from '../../errors/error-codes.js';
import { RemoteCallError } from '../../errors/remote-call.error.js';
import { toErrorObject } from '../../protocol/error-object.js';
import type { ResponseMessage } from '../../protocol/message.js';

/** An answer as Nest's clients have it, for `send`: an error is the plain object of the service. */
export function toWritePacket({ error, result, header }: ResponseMessage): WritePacket {
  if (!error) {
    return { response: result, isDisposed: true };
  }
  return { err: header?.error ? header.error.value : toErrorObject(error), isDisposed: true };
}

/** The error of an answer, for `call` and `issueCall`. */
export function toRemoteCallError({ error, header }: ResponseMessage): RemoteCallError {
  const { message, context } = error ?? { message: '', context: {} };
  return new RemoteCallError(message, context, {
    origin: 'remote',
    code: isRemoteErrorCode(header?.code) ? header.code : 'UNKNOWN',
    ...(header?.error && { cause: header.error.value }),
  });
}
