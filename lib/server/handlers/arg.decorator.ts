import {
  type ExecutionContext,
  type PipeTransform,
  type Type,
  createParamDecorator,
} from '@nestjs/common';
import { RemoteContext } from './remote-context.js';
import { SchemaPipe } from './schema.pipe.js';
import type { StandardSchema } from './standard-schema.js';

/** How an argument is validated: by a Standard Schema, of which it becomes the output. */
export interface SchemaOptions {
  // oxlint-disable-next-line typescript/no-explicit-any -- of any input
  schema: StandardSchema<any, unknown>;
}

/** A pipe, or a schema in its place. */
export type ArgumentPipe = Type<PipeTransform> | PipeTransform | SchemaOptions;

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
 * @param pipes pipes for this argument alone; `{ schema }` validates it by a Standard Schema
 */
export function Arg(index: number, ...pipes: ArgumentPipe[]): ParameterDecorator {
  return positional(index, ...toPipes(pipes, `argument ${index}`));
}

/**
 * All positional arguments of a call, always an array: `sum(@Args() numbers: number[])`.
 *
 * @param pipes pipes for the array; `{ schema }` validates it by a Standard Schema
 */
export function Args(...pipes: ArgumentPipe[]): ParameterDecorator {
  return every(undefined, ...toPipes(pipes, 'the list of arguments'));
}

function toPipes(
  pipes: readonly ArgumentPipe[],
  name: string,
): (Type<PipeTransform> | PipeTransform)[] {
  return pipes.map((pipe) => (isSchema(pipe) ? new SchemaPipe(pipe.schema, name) : pipe));
}

/** Pipes of users often have a member `schema` as well. */
function isSchema(pipe: ArgumentPipe): pipe is SchemaOptions {
  return typeof pipe === 'object' && 'schema' in pipe && !('transform' in pipe);
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
