import {
  ConfigurableModuleBuilder,
  type DynamicModule,
  type FactoryProvider,
  Module,
} from '@nestjs/common';
import type { RemoteClientOptions } from '../client/client-options.js';
import { RemoteClient } from '../client/remote-client.js';
import { optionError } from '../errors/option-error.js';
import {
  REMOTE_DEFAULTS,
  type RemoteDefaults,
  type RemoteDefaultsAsyncOptions,
  RemoteDefaultsModule,
} from './remote-defaults.module.js';
import type { RemoteName } from './remote-services.js';

/** How a client is provided. */
export interface RemoteRegistration {
  /** What `InjectRemote` names, and the token. */
  name: RemoteName;
  /** Whether all modules can inject it. Default false: those that import this one. */
  isGlobal?: boolean;
}

const CLIENT_OPTIONS = Symbol('nestjs-remote client options');

const { ConfigurableModuleClass, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<RemoteClientOptions>({ optionsInjectionToken: CLIENT_OPTIONS })
    .setFactoryMethodName('createRemoteOptions')
    .setExtras<Partial<RemoteRegistration>>(
      { name: undefined, isGlobal: false } as object,
      (definition, registration) => provide(definition, registration, []),
    )
    .build();

/** Options of `RemoteModule.register`: those of the client, and how it is provided. */
export type RemoteModuleOptions = RemoteClientOptions & RemoteRegistration;

/** Options of `RemoteModule.registerAsync`: `useFactory`, `useClass` or `useExisting` of the client's. */
export type RemoteModuleAsyncOptions = typeof ASYNC_OPTIONS_TYPE & RemoteRegistration;

/**
 * Provides a {@link RemoteClient} for `InjectRemote`, and closes it with the app. An app imports it
 * once for each service that it calls.
 *
 * ```ts
 * @Module({ imports: [RemoteModule.register({ name: 'MATH', connect: 'tcp://127.0.0.1:5555' })] })
 * ```
 */
@Module({})
export class RemoteModule {
  /**
   * A client with these options.
   *
   * @throws {RemoteCallError} `INVALID_ARGUMENT` without a name; for a wrong option, when the app starts
   */
  static register(options: RemoteModuleOptions): DynamicModule {
    return { ...ConfigurableModuleClass.register(options), module: RemoteModule };
  }

  /**
   * A client whose options Nest makes.
   *
   * @throws {RemoteCallError} as {@link register}
   */
  static registerAsync(options: RemoteModuleAsyncOptions): DynamicModule {
    return { ...ConfigurableModuleClass.registerAsync(options), module: RemoteModule };
  }

  /** What all clients of {@link forFeature} have in common, such as keys, time limits, the engine. */
  static forRoot(defaults: RemoteDefaults): DynamicModule {
    return RemoteDefaultsModule.forRoot(defaults);
  }

  /** As {@link forRoot}, with options that Nest makes. */
  static forRootAsync(defaults: RemoteDefaultsAsyncOptions): DynamicModule {
    return RemoteDefaultsModule.forRootAsync(defaults);
  }

  /**
   * A client with the options of {@link forRoot}, and these. An option that both have is this one.
   *
   * @throws {RemoteCallError} as {@link register}
   */
  static forFeature({ name, isGlobal = false, ...options }: RemoteModuleOptions): DynamicModule {
    const providers = [{ provide: CLIENT_OPTIONS, useValue: options }];
    return provide({ module: RemoteModule, providers }, { name, isGlobal }, [REMOTE_DEFAULTS]);
  }
}

/** Adds the client to the module of its options. */
function provide(
  definition: DynamicModule,
  { name, isGlobal = false }: Partial<RemoteRegistration>,
  defaults: NonNullable<FactoryProvider['inject']>,
): DynamicModule {
  if (name === undefined) {
    throw optionError('name', name, 'give the name that the client is injected by');
  }
  const client: FactoryProvider<RemoteClient> = {
    provide: name,
    inject: [CLIENT_OPTIONS, ...defaults],
    useFactory: (options: RemoteClientOptions, shared?: RemoteDefaults) =>
      closedWithApp(new RemoteClient({ ...shared, ...options })),
  };
  return {
    ...definition,
    global: isGlobal,
    providers: [...(definition.providers ?? []), client],
    exports: [name],
  };
}

/** As `ClientsModule` does it: Nest calls the hook when it has closed the servers. */
function closedWithApp(client: RemoteClient): RemoteClient {
  return Object.assign(client, { onApplicationShutdown: () => client.close() });
}
