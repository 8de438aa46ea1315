import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import { Browser } from '../support/browser.js';

const MAIN = fileURLToPath(new URL('../../dist-sample/05-dashboard/main.js', import.meta.url));

/** How long starting may take on a busy machine. */
const PATIENCE = { timeout: 60_000 };

/** The dashboard of the sample, with its page open in a browser. */
export class OpenDashboard {
  private constructor(
    private readonly process: ChildProcess,
    private readonly browser: Browser,
    /** What it has printed. */
    readonly output: () => string,
  ) {}

  static async open(): Promise<OpenDashboard> {
    const process = spawn(globalThis.process.execPath, [MAIN, '--stay'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    process.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    try {
      const url = await vi.waitUntil(() => /http:\S+/.exec(output)?.[0], PATIENCE);
      const dashboard = new OpenDashboard(process, await Browser.open(url), () => output);
      const isOpen = `location.href.startsWith('${url}') && document.readyState === 'complete'`;
      await vi.waitUntil(() => dashboard.browser.evaluate(isOpen).catch(() => false), PATIENCE);
      return dashboard;
    } catch (error) {
      process.kill();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.browser.close();
    const ended = once(this.process, 'exit');
    this.process.kill();
    await ended;
  }

  text(id: string): Promise<string> {
    return this.browser.evaluate(`document.getElementById('${id}').textContent`);
  }

  attribute(id: string, name: string): Promise<string> {
    return this.browser.evaluate(`document.getElementById('${id}').getAttribute('${name}')`);
  }

  /** A computed style of an element. */
  style(selector: string, name: string): Promise<string> {
    return this.browser.evaluate(
      `getComputedStyle(document.querySelector('${selector}')).getPropertyValue('${name}')`,
    );
  }

  /** The values of a line of a chart, by what `dashboard.js` calls the chart. */
  line(chart: string, index = 0): Promise<number[]> {
    return this.browser.evaluate(
      `import('/dashboard.js').then((page) => page.${chart}.history.values(${index}))`,
    );
  }

  /** A digest of what the canvas of a chart shows. */
  async pixels(id: string): Promise<string> {
    const expression = `document.querySelector('#${id} canvas').toDataURL()`;
    const picture = await this.browser.evaluate<string>(expression);
    return createHash('sha256').update(picture).digest('hex');
  }

  /** Clicks into the middle of an element, as a mouse does. */
  async click(id: string): Promise<void> {
    const { x, y, width, height } = await this.browser.evaluate<DOMRectangle>(
      `document.getElementById('${id}').getBoundingClientRect().toJSON()`,
    );
    const at = { x: x + width / 2, y: y + height / 2, button: 'left', clickCount: 1 };
    for (const type of ['mousePressed', 'mouseReleased']) {
      await this.browser.send('Input.dispatchMouseEvent', { type, ...at });
    }
  }

  async preferScheme(value: 'light' | 'dark'): Promise<void> {
    const features = [{ name: 'prefers-color-scheme', value }];
    await this.browser.send('Emulation.setEmulatedMedia', { features });
  }
}

interface DOMRectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}
