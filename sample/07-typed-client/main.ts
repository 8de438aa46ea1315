import 'reflect-metadata';
import { Inject, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientsModule } from '@nestjs/microservices';
import { RemoteClient, RemoteRecordBuilder, RemoteServer, remoteClient } from 'nestjs-remote';
import { type Observable, lastValueFrom, map, toArray } from 'rxjs';
import { finish, step, write } from '../support/report.js';
import { WeatherController } from './weather.controller.js';
import type { Weather, WeatherService } from './weather.js';

@Module({ controllers: [WeatherController] })
class WeatherModule {}

const server = new RemoteServer({ bind: 'tcp://127.0.0.1:*' });
const service = await NestFactory.createMicroservice(WeatherModule, {
  strategy: server,
  logger: ['error', 'warn'],
});
await service.listen();
const [address = ''] = server.addresses;
write(`The weather service listens on ${address}`);

/** An editor completes the names of methods here, and shows their arguments and results. */
@Injectable()
class WeatherReport {
  constructor(@Inject('WEATHER') private readonly weather: RemoteClient<WeatherService>) {}

  async observe(place: string, temperature: number): Promise<void> {
    await this.weather.notify.observed({ place, day: new Date('2026-06-01'), temperature });
  }

  async headline(place: string): Promise<string> {
    const weather = await this.weather.call.latest(place);
    return weather ? `${weather.day.getFullYear()}: ${weather.temperature} °C` : 'unknown';
  }

  average(places: string[], decimals?: number): Promise<number> {
    return this.weather.call.average(places, decimals);
  }

  /** `call.forecast` has the last day; `send` has them all. */
  days(place: string, days: number): Promise<number[]> {
    const data = RemoteRecordBuilder.fromArguments(place, days).build();
    const forecast: Observable<Weather> = this.weather.send('forecast', data);
    return lastValueFrom(
      forecast.pipe(
        map(({ day }) => day.getDate()),
        toArray(),
      ),
    );
  }

  async lastTemperature(place: string, days: number): Promise<number> {
    const { temperature } = await this.weather.call.forecast(place, days);
    return temperature;
  }
}

@Module({
  imports: [ClientsModule.register([remoteClient({ name: 'WEATHER', connect: address })])],
  providers: [WeatherReport],
})
class ReportModule {}

const app = await NestFactory.createApplicationContext(ReportModule, { logger: ['error', 'warn'] });
const report = app.get(WeatherReport);

write('\nWhat compiles');
await step(
  "notify.observed({ place: 'Turku', … })",
  () => report.observe('Turku', 21.5),
  undefined,
);
await step("notify.observed({ place: 'Oulu', … })", () => report.observe('Oulu', 17.25), undefined);
await step("call.latest('Turku')", () => report.headline('Turku'), '2026: 21.5 °C');
await step("call.latest('Atlantis')", () => report.headline('Atlantis'), 'unknown');
await step("call.average(['Turku', 'Oulu'])", () => report.average(['Turku', 'Oulu']), 19);
await step("call.average(['Turku', 'Oulu'], 1)", () => report.average(['Turku', 'Oulu'], 1), 19.4);
await step("call.forecast('Oulu', 4)", () => report.lastTemperature('Oulu', 4), 19.25);
await step("send('forecast', …), every day", () => report.days('Oulu', 4), [2, 3, 4, 5]);
write('What does not compile is in mistakes.ts');

await app.close();
await service.close();
finish();
