export { RemoteHealthIndicator, type RemoteHealthOptions } from './remote-health.indicator.js';
