export { type RemoteSources, registerRemoteMetrics } from './register-remote-metrics.js';
