import type { RemoteClient } from 'nestjs-remote';
import type { WeatherService } from './weather.js';

/** Calls that do not compile. Each comment fails the build if the line below it has no error. */
export function mistakes({ call, notify }: RemoteClient<WeatherService>): unknown[] {
  return [
    // @ts-expect-error -- no such method
    call.lattest('Turku'),
    // @ts-expect-error -- an argument is missing
    call.forecast('Turku'),
    // @ts-expect-error -- an argument of another type
    call.average('Turku'),
    // @ts-expect-error -- one argument too many
    call.latest('Turku', 'Oulu'),
    // @ts-expect-error -- a member of another type
    notify.observed({ place: 'Turku', day: new Date(), temperature: '21' }),
    // @ts-expect-error -- there may be no weather
    call.latest('Turku').then(({ temperature }) => temperature),
  ];
}
