import type { OpenTarget } from './target.js';
import { openAnswers } from './targets/answers.js';
import { openCodec } from './targets/codec.js';
import { openCurveFrames } from './targets/curve-frames.js';
import { openCurveHandshake } from './targets/curve-handshake.js';
import { openDatagrams } from './targets/datagrams.js';
import { openEnvelopes } from './targets/envelopes.js';
import { openSealedDatagrams } from './targets/sealed-datagrams.js';
import { openSealedExchange } from './targets/sealed-exchange.js';
import { openSrvResponses } from './targets/srv-responses.js';
import { openZap } from './targets/zap.js';
import { openPlainZmtp, openZmtp } from './targets/zmtp.js';

/** All that takes bytes of strangers. A new one is a file in `targets/` and a line here. */
export const TARGETS: Readonly<Record<string, OpenTarget>> = {
  codec: openCodec,
  envelopes: openEnvelopes,
  zmtp: openZmtp,
  'zmtp-plain': openPlainZmtp,
  datagrams: openDatagrams,
  answers: openAnswers,
  'curve-handshake': openCurveHandshake,
  'curve-frames': openCurveFrames,
  'sealed-datagrams': openSealedDatagrams,
  'sealed-exchange': openSealedExchange,
  zap: openZap,
  'srv-responses': openSrvResponses,
};
