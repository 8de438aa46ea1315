export { type RemotePair, type RemotePairOptions, createRemotePair } from './remote-pair.js';
export { type FakeService, fakeService } from './fake-service.js';
