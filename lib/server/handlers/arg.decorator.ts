import {
  type ExecutionContext,
  type PipeTransform,
  type Type,
  createParamDecorator,
} from '@nestjs/common';
import { RemoteContext } from './remote-context.js';

const positional = createParamDecorator((index: number, host: ExecutionContext): unknown => {
  const args = argumentsOf(host);
  return args[index];
});

const every = createParamDecorator((_data: unknown, host: ExecutionContext) => argumentsOf(host));

/**
 * One positional argument of a call: `add(@Arg(0) a: number, @Arg(1) b: number)`.
 *
 * Under another transport it takes `data[index]` of an array, else `data` for index 0. It is a
 * custom decorator for Nest: global validation pipes skip it unless `validateCustomDecorators` is
 * on; pipes given here always run.
 *
 * @param index which argument, from 0
 * @param pipes pipes for this argument alone
 */
export function Arg(
  index: number,
  ...pipes: (Type<PipeTransform> | PipeTransform)[]
): ParameterDecorator {
  return positional(index, ...pipes);
}

/**
 * All positional arguments of a call, always an array: `sum(@Args() numbers: number[])`.
 *
 * @param pipes pipes for the array
 */
export function Args(...pipes: (Type<PipeTransform> | PipeTransform)[]): ParameterDecorator {
  return every(undefined, ...pipes);
}

function argumentsOf(host: ExecutionContext): readonly unknown[] {
  const rpc = host.switchToRpc();
  const context: unknown = rpc.getContext();
  if (context instanceof RemoteContext) {
    return context.getCallArguments();
  }
  const data: unknown = rpc.getData();
  return Array.isArray(data) ? data : [data];
}
