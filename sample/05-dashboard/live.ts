import { Injectable, type MessageEvent } from '@nestjs/common';
import { type Observable, Subject } from 'rxjs';
import type { LiveEvents } from './live-events.js';

/** What happens now, for every page that looks. */
@Injectable()
export class Live {
  private readonly subject = new Subject<MessageEvent>();

  readonly events: Observable<MessageEvent> = this.subject.asObservable();

  publish<Type extends keyof LiveEvents>(type: Type, data: LiveEvents[Type]): void {
    this.subject.next({ type, data });
  }
}
