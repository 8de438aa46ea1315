import type { PipeTransform } from '@nestjs/common';
import { RpcException } from '@nestjs/microservices';
import { optionError } from '../../errors/option-error.js';
import type { StandardSchema, StandardSchemaIssue } from './standard-schema.js';

/** How many issues a caller is told of: there may be as many as values in its arguments. */
const MOST_ISSUES = 20;

/**
 * Validates a value by a Standard Schema, and passes on what the schema makes of it:
 * `@Payload(new SchemaPipe(schema))`.
 *
 * What is not valid ends the call with `INVALID_ARGUMENT`; the error's context has up to 20 `issues`, each
 * with a `message` and a `path`.
 */
export class SchemaPipe<Output> implements PipeTransform<unknown, Promise<Output>> {
  /**
   * @param name what the error calls the value. Default `'payload'`
   * @throws {RemoteCallError} `INVALID_ARGUMENT` for anything but a Standard Schema
   */
  constructor(
    private readonly schema: StandardSchema<unknown, Output>,
    private readonly name = 'payload',
  ) {
    if (typeof schema?.['~standard']?.validate !== 'function') {
      throw optionError('schema', schema, 'give a schema by standardschema.dev, such as of Zod');
    }
  }

  /** @throws {RpcException} for the caller, where the value is not valid */
  async transform(value: unknown): Promise<Output> {
    const result = await this.schema['~standard'].validate(value);
    if (result.issues === undefined) {
      return result.value;
    }
    const issues = result.issues.slice(0, MOST_ISSUES).map(plainIssue);
    const reasons = issues.map(({ path, message }) =>
      path.length === 0 ? message : `${path.join('.')}: ${message}`,
    );
    throw new RpcException({
      code: 'INVALID_ARGUMENT',
      message: `${this.name} is not valid: ${reasons.join('; ')}`,
      issues,
    });
  }
}

/** An issue as it can travel: without members that a library has added. */
function plainIssue({ message, path = [] }: StandardSchemaIssue): {
  message: string;
  path: (string | number)[];
} {
  const keys = path.map((segment) => (typeof segment === 'object' ? segment.key : segment));
  return { message, path: keys.map((key) => (typeof key === 'symbol' ? String(key) : key)) };
}
