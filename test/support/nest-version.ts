import { createRequire } from 'node:module';

const { version } = createRequire(import.meta.url)('@nestjs/microservices/package.json') as {
  version: string;
};

/** The major version of NestJS that the tests run with: 12, or 11 in `npm run test:nest-11`. */
export const NEST_MAJOR = Number(version.split('.')[0]);

/** NestJS 11 has no hooks at dispatch and before requests, and no metadata of packets. */
export const isNest11 = NEST_MAJOR === 11;
