import type { BaseRpcContext } from '@nestjs/microservices';
import type { Observable } from 'rxjs';
import type { RemoteRecord } from './remote-record.js';

/** Whether a service has no type, `any` or `unknown`: it then has every method. */
type IsUntyped<Service> = unknown extends Service ? true : false;

type IsAny<Type> = 0 extends 1 & Type ? true : false;

// Also where the compiler forbids properties of an index signature: only `any` is such a type.
// oxlint-disable-next-line typescript/no-explicit-any
type Untyped = any;

/** A handler or method of any arguments. */
type Method = (...args: never[]) => unknown;

/** What a method responds with: its value, or each of several. */
type ValueOf<Result> =
  Result extends Promise<infer Value>
    ? ValueOf<Value>
    : Result extends Observable<infer Item>
      ? Item
      : Result extends AsyncIterable<infer Item>
        ? Item
        : Result;

type IsContext<Parameter> =
  IsAny<Parameter> extends true
    ? false
    : [NonNullable<Parameter>] extends [never]
      ? false
      : [NonNullable<Parameter>] extends [BaseRpcContext]
        ? true
        : false;

/** What a caller gives of a handler's parameters: all but `@Ctx`, which is its last one, or among the first. */
type CallArguments<Parameters extends readonly unknown[]> = Parameters extends readonly [
  ...infer Others,
  infer Last,
]
  ? IsContext<Last> extends true
    ? CallArguments<Others>
    : WithoutContext<Parameters>
  : WithoutContext<Parameters>;

type WithoutContext<Parameters extends readonly unknown[]> =
  true extends IsContextAmong<Parameters> ? RestWithoutContext<Parameters> : Parameters;

type IsContextAmong<Parameters extends readonly unknown[]> = {
  [Index in keyof Parameters]: IsContext<Parameters[Index]>;
}[number];

type RestWithoutContext<Parameters extends readonly unknown[]> = Parameters extends readonly [
  infer First,
  ...infer Rest,
]
  ? IsContext<First> extends true
    ? CallArguments<Rest>
    : [First, ...RestWithoutContext<Rest>]
  : Parameters extends readonly [(infer First)?, ...infer Rest]
    ? IsContext<First> extends true
      ? CallArguments<Rest>
      : Parameters
    : Parameters;

/** The names of a service's methods, and not of its other members. */
export type MethodName<Service> = {
  [Name in keyof Service]-?: Service[Name] extends Method ? Name : never;
}[keyof Service] &
  string;

/** The arguments with which a method is called. */
export type ArgumentsOf<Service, Name extends keyof Service> = Service[Name] extends (
  ...args: infer Parameters
) => unknown
  ? CallArguments<Parameters>
  : never;

/** What a call of a method responds with; of several values, one. */
export type ResultOf<Service, Name extends keyof Service> = Service[Name] extends (
  ...args: never[]
) => infer Returned
  ? ValueOf<Returned>
  : never;

/**
 * The data of `send` and `emit` for a method: its only argument. A method of several takes a record of
 * `RemoteRecordBuilder.fromArguments`, and one of none anything.
 */
export type PayloadOf<Service, Name extends keyof Service> =
  ArgumentsOf<Service, Name> extends infer Arguments extends readonly unknown[]
    ? | (Arguments extends readonly []
          ? unknown
          : [Arguments[0]] extends Arguments
            ? Arguments[0]
            : never)
      | RemoteRecord
    : never;

/** What patterns without a type of their own `send` and `emit` take: any, or for a typed service objects. */
export type OtherPattern<Service> = IsUntyped<Service> extends true ? Untyped : object;

/**
 * The methods of a service as its caller sees them: the arguments without `@Ctx`, and the promise of the
 * result. Of a method that responds with several values, the last one.
 *
 * `Service` is the controller's class, or an interface. Without a type every name is a method.
 */
export type RemoteMethods<Service> =
  IsUntyped<Service> extends true
    ? Untyped
    : {
        readonly [Name in MethodName<Service> & keyof Service]: (
          ...args: ArgumentsOf<Service, Name>
        ) => Promise<ResultOf<Service, Name>>;
      };

/** The methods of a service as notifications. */
export type RemoteNotifications<Service> =
  IsUntyped<Service> extends true
    ? Untyped
    : {
        readonly [Name in MethodName<Service> & keyof Service]: (
          ...args: ArgumentsOf<Service, Name>
        ) => Promise<void>;
      };

/** The methods of a service, each with all values that it responds with. */
export type RemoteStreams<Service> =
  IsUntyped<Service> extends true
    ? Untyped
    : {
        readonly [Name in MethodName<Service> & keyof Service]: (
          ...args: ArgumentsOf<Service, Name>
        ) => AsyncIterableIterator<ResultOf<Service, Name>>;
      };
