import { ConfigurableModuleBuilder, Module } from '@nestjs/common';
import type { RemoteClientOptions } from '../client/client-options.js';

/** What the clients of an app have in common: all but where their servers are. */
export type RemoteDefaults = Omit<RemoteClientOptions, 'bind' | 'connect' | 'resolve'>;

/** The token of the {@link RemoteDefaults}. */
export const REMOTE_DEFAULTS = Symbol('nestjs-remote defaults');

const { ConfigurableModuleClass, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<RemoteDefaults>({ optionsInjectionToken: REMOTE_DEFAULTS })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createRemoteDefaults')
    .setExtras({}, (definition) => ({ ...definition, global: true, exports: [REMOTE_DEFAULTS] }))
    .build();

/** `useFactory`, `useClass` or `useExisting` of {@link RemoteDefaults}. */
export type RemoteDefaultsAsyncOptions = typeof ASYNC_OPTIONS_TYPE;

/** Provides the {@link RemoteDefaults} to the whole app, for the clients of `RemoteModule.forFeature`. */
@Module({})
export class RemoteDefaultsModule extends ConfigurableModuleClass {}
