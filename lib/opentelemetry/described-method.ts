import type { Attributes, SpanOptions } from '@opentelemetry/api';
import type { CallKind, CallSide, RemoteCallMessage } from '../observe/call-channels.js';
import { CONVENTIONS, type Convention } from './conventions.js';
import { Kept } from './kept.js';
import { type Outcome, outcomeKey, outcomeOf } from './outcome.js';

/** What the spans and metrics of all calls of one method have in common, made once. */
export class DescribedMethod {
  readonly spanName: string;
  readonly spanOptions: SpanOptions;
  /** The histogram of durations. */
  readonly metric: string;
  private readonly attributes: Attributes;
  private readonly outcomes = new Kept<string, Outcome>();

  /** @param method undefined for all that the server does not have */
  constructor(convention: Convention, method: string | undefined) {
    this.spanName = convention.name(method);
    this.attributes = convention.attributes(method);
    this.spanOptions = { kind: convention.span, attributes: this.attributes };
    this.metric = convention.metric;
  }

  /** How a call of it has ended. */
  outcomeOf(call: RemoteCallMessage): Outcome {
    return this.outcomes.get(outcomeKey(call), () => outcomeOf(call, this.attributes));
  }
}

type Methods = Kept<string | undefined, DescribedMethod>;

const METHODS: Readonly<Record<CallSide, Readonly<Record<CallKind, Methods>>>> = {
  client: { request: new Kept(), event: new Kept() },
  server: { request: new Kept(), event: new Kept() },
};

/** The method of a call. */
export function methodOf({ side, kind, method, isKnown }: RemoteCallMessage): DescribedMethod {
  return METHODS[side][kind].get(
    isKnown ? method : undefined,
    (known) => new DescribedMethod(CONVENTIONS[side][kind], known),
  );
}
