import { type Check, type Wording, checkNames } from './option-check.js';

/** A table of options: each row is a name with its check, which knows the default. */
export type Schema = Readonly<Record<string, (option: string, value: never) => unknown>>;

/** The table for an interface of options: each name has a check that takes what users may write. */
export type SchemaOf<Written> = {
  readonly [Name in keyof Written]-?: (
    option: string,
    value: {} extends Pick<Written, Name> ? Written[Name] | undefined : Written[Name],
  ) => unknown;
};

/** Checked options with every default filled in. */
export type Resolved<Table> = {
  [Name in keyof Table]: Table[Name] extends (...given: never[]) => infer Value ? Value : never;
};

/**
 * Checks options by their table.
 *
 * @param wording the words of errors
 * @throws {RemoteCallError} `INVALID_ARGUMENT` for options that are no object, an unknown name, or a
 *   wrong value
 */
export function resolveOptions<Table extends Schema>(
  schema: Table,
  options: object,
  wording: Wording = {},
): Resolved<Table> {
  checkNames(options, Object.keys(schema), wording);
  const { prefix = '' } = wording;
  const given = options as Readonly<Record<string, never>>;
  const resolved: Record<string, unknown> = {};
  for (const [name, check] of Object.entries(schema)) {
    const value = check(prefix + name, given[name] as never);
    if (value !== undefined) {
      resolved[name] = value;
    }
  }
  return resolved as Resolved<Table>;
}

/** Gives an option its default. */
export function optional<Value, Given>(
  check: (option: string, value: Given | undefined, otherwise: Value) => Value | undefined,
  otherwise: Value,
): Check<Value, Given> {
  return (option, value) => check(option, value, otherwise) ?? otherwise;
}
