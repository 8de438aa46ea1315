import type { OpenTarget } from './target.js';
import { openAnswers } from './targets/answers.js';
import { openCodec } from './targets/codec.js';
import { openCurveZmtp } from './targets/curve-zmtp.js';
import { openDatagrams, openSealedDatagrams } from './targets/datagrams.js';
import { openEnvelopes } from './targets/envelopes.js';
import { openPlainZmtp, openZmtp } from './targets/zmtp.js';

/** All that takes bytes of strangers. A new one is a file in `targets/` and a line here. */
export const TARGETS: Readonly<Record<string, OpenTarget>> = {
  codec: openCodec,
  envelopes: openEnvelopes,
  zmtp: openZmtp,
  'zmtp-plain': openPlainZmtp,
  'zmtp-curve': openCurveZmtp,
  datagrams: openDatagrams,
  'sealed-datagrams': openSealedDatagrams,
  answers: openAnswers,
};
