import {
  type DynamicModule,
  type FactoryProvider,
  Inject,
  Logger,
  Module,
  type ModuleMetadata,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { Router } from '../router/router.js';
import type { RouterOptions } from '../router/router-options.js';

const ROUTER_OPTIONS = Symbol('nestjs-remote router options');

/** Options of `RouterModule.forRootAsync`: a factory of the router's options. */
export interface RouterModuleAsyncOptions {
  imports?: NonNullable<ModuleMetadata['imports']>;
  inject?: NonNullable<FactoryProvider['inject']>;
  // oxlint-disable-next-line typescript/no-explicit-any -- what Nest injects, as in its own modules
  useFactory: (...dependencies: any[]) => RouterOptions | Promise<RouterOptions>;
}

/**
 * Runs a {@link Router} inside a Nest app: bound when the app has started, closed with it. The
 * router can be injected: `constructor(private readonly router: Router) {}`.
 */
@Module({})
export class RouterModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(@Inject(Router) private readonly router: Router) {}

  /** @param options the router's options; the app's logger unless they name another */
  static forRoot(options: RouterOptions): DynamicModule {
    return RouterModule.forRootAsync({ useFactory: () => options });
  }

  /** @param options how Nest makes the router's options */
  static forRootAsync({ imports, inject, useFactory }: RouterModuleAsyncOptions): DynamicModule {
    return {
      module: RouterModule,
      imports: imports ?? [],
      providers: [
        { provide: ROUTER_OPTIONS, inject: inject ?? [], useFactory },
        {
          provide: Router,
          inject: [ROUTER_OPTIONS],
          useFactory: (options: RouterOptions) => {
            const logger = options?.logger ?? new Logger(Router.name);
            return new Router({ ...options, logger });
          },
        },
      ],
      exports: [Router],
    };
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.router.open();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.router.close();
  }
}
