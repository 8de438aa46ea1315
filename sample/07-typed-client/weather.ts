/** What a place had on a day, or will have. */
export interface Weather {
  place: string;
  day: Date;
  /** In degrees Celsius. */
  temperature: number;
}

/**
 * The weather service, for both ends: its controller implements this, and `RemoteClient<WeatherService>`
 * has these methods. Each name is the pattern of a handler.
 */
export interface WeatherService {
  latest(place: string): Weather | undefined;
  average(places: string[], decimals?: number): Promise<number>;
  forecast(place: string, days: number): AsyncIterable<Weather>;
  /** An event. */
  observed(weather: Weather): void;
}
