export { RemoteInstrumentation, type RemoteInstrumentationConfig } from './instrumentation.js';
