import { Controller, ValidationPipe } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { Type } from 'class-transformer';
import { IsDate, IsDateString, IsISO8601, IsString } from 'class-validator';
import type { Row } from './row.js';
import { type Ending, type Site, type SiteOptions, endingOf } from './site.js';

class DateText {
  @IsDateString() at!: string;
}

class IsoText {
  @IsISO8601() at!: string;
}

class Text {
  @IsString() at!: string;
}

/** Takes the text and the `Date`. */
class RealDate {
  @Type(() => Date)
  @IsDate()
  at!: Date;
}

@Controller()
export class PayloadsController {
  @MessagePattern('@IsDateString()')
  dateText(@Payload() { at }: DateText): string {
    return new Date(at).toISOString();
  }

  @MessagePattern('@IsISO8601()')
  isoText(@Payload() { at }: IsoText): string {
    return new Date(at).toISOString();
  }

  @MessagePattern('@IsString()')
  text(@Payload() { at }: Text): string {
    return new Date(at).toISOString();
  }

  @MessagePattern('@IsDate()')
  date(@Payload() { at }: RealDate): string {
    return at.toISOString();
  }

  @MessagePattern('method of a text')
  methodOfText(@Payload() { at }: { at: string }): string {
    return at.slice(0, 10);
  }

  @MessagePattern('text again')
  textAgain(@Payload() { at }: { at: string | Date }): string {
    return new Date(at).toISOString().slice(0, 10);
  }

  @MessagePattern('data of a buffer')
  dataOfBuffer(@Payload() { file }: { file: { data: number[] } }): string {
    return Buffer.from(file.data).toString();
  }

  @MessagePattern('buffer')
  buffer(@Payload() { file }: { file: Buffer }): string {
    return Buffer.from(file).toString();
  }
}

const options: SiteOptions = {
  metadata: { controllers: [PayloadsController] },
  configure: (app) => {
    app.useGlobalPipes(new ValidationPipe({ transform: true, whitelist: true }));
  },
};

/** What handlers of these patterns make of a payload. */
const handled =
  (data: object, ...patterns: string[]) =>
  async (site: Site): Promise<Ending[]> => {
    await site.start();
    return Promise.all(patterns.map((pattern) => endingOf(site.client.send(pattern, data))));
  };

const AT = { at: new Date(0) };
const FILE = { file: Buffer.from('hi') };
const DAY = { values: ['1970-01-01'] };
const INSTANT = { values: ['1970-01-01T00:00:00.000Z'] };
const INTERNAL = { values: [], error: { status: 'error', message: 'Internal server error' } };

export const payloads: Row[] = [
  {
    name: 'a DTO that validates a `Date` as text: `@IsDateString()`, `@IsISO8601()`, `@IsString()`',
    options,
    observe: handled(AT, '@IsDateString()', '@IsISO8601()', '@IsString()'),
    tcp: [INSTANT, INSTANT, INSTANT],
    here: [INTERNAL, INTERNAL, INTERNAL],
    changed: {
      observe: handled(AT, '@IsDate()'),
      sees: [INSTANT],
    },
  },
  {
    name: 'a handler that takes a `Date` for text: `at.slice(0, 10)`',
    options,
    observe: handled(AT, 'method of a text'),
    tcp: [DAY],
    here: [INTERNAL],
    changed: { observe: handled(AT, 'text again'), sees: [DAY] },
  },
  {
    name: 'a handler that reads the `data` of a Buffer',
    options,
    observe: handled(FILE, 'data of a buffer'),
    tcp: [{ values: ['hi'] }],
    here: [INTERNAL],
    changed: { observe: handled(FILE, 'buffer'), sees: [{ values: ['hi'] }] },
  },
];
