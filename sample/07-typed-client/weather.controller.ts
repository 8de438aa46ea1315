import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { Arg } from 'nestjs-remote';
import type { Weather, WeatherService } from './weather.js';

const DAY = 24 * 60 * 60 * 1000;

/** From where forecasts begin at places without observations. */
const UNKNOWN = { day: new Date(0), temperature: 0 };

@Controller()
export class WeatherController implements WeatherService {
  private readonly observations = new Map<string, Weather>();

  @MessagePattern('latest' satisfies keyof WeatherService)
  latest(@Arg(0) place: string): Weather | undefined {
    return this.observations.get(place);
  }

  @MessagePattern('average' satisfies keyof WeatherService)
  async average(@Arg(0) places: string[], @Arg(1) decimals = 0): Promise<number> {
    const known = places.flatMap((place) => this.observations.get(place)?.temperature ?? []);
    const total = known.reduce((sum, temperature) => sum + temperature, 0);
    return Number((total / known.length).toFixed(decimals));
  }

  /** Half a degree warmer every day. */
  @MessagePattern('forecast' satisfies keyof WeatherService)
  async *forecast(@Arg(0) place: string, @Arg(1) days: number): AsyncGenerator<Weather> {
    const { day, temperature } = this.observations.get(place) ?? UNKNOWN;
    for (let ahead = 1; ahead <= days; ahead++) {
      yield {
        place,
        day: new Date(day.getTime() + ahead * DAY),
        temperature: temperature + ahead / 2,
      };
    }
  }

  @EventPattern('observed' satisfies keyof WeatherService)
  observed(@Payload() weather: Weather): void {
    this.observations.set(weather.place, weather);
  }
}
