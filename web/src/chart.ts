// Draws the delays of the last two minutes with uPlot on a canvas. The latest values next to it are text.

import type uPlot from 'uplot';
import { element, write } from './dom.ts';
import type { Formats } from './formats.ts';
import type { Samples } from './samples.ts';
import type { Part, View } from './view.ts';

/** Minimum range of the y axis, so that small variations look small. */
const MIN_TOP_MILLIS = 50;

export class Chart implements Part {
  readonly #samples: Samples;
  readonly #place = element('chart');
  readonly #age = element('tick-age');
  readonly #roundTrip = element('round-trip');
  readonly #ageMark = element('age-mark');
  readonly #roundTripMark = element('round-trip-mark');
  #formats: Formats | undefined;
  /** Undefined until uPlot is loaded. The clock does not wait for it. */
  #UPlot: typeof uPlot | undefined;
  #plot: uPlot | undefined;
  #drawnAt: number | undefined;

  constructor(samples: Samples) {
    this.#samples = samples;
    import('uplot').then(
      (module) => {
        this.#UPlot = module.default;
      },
      (error) => {
        // For example, uPlot passes `navigator.language` to `Intl`, which throws if it is not a language tag.
        console.warn('there is no chart:', error);
        this.#place.hidden = true;
      },
    );
    new ResizeObserver(() => this.#plot?.setSize(this.#size())).observe(this.#place);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#plot?.redraw(false));
  }

  show({ client, texts, formats }: View): void {
    const last = this.#samples.times.at(-1);
    const millis = (value: number) => `${Math.round(value)}${texts.units.ms}`;
    if (this.#samples.lastAge !== undefined) write(this.#age, millis(this.#samples.lastAge));
    if (client.roundTrip !== undefined) write(this.#roundTrip, millis(client.roundTrip));
    if (this.#UPlot === undefined || last === undefined) return;
    if (last === this.#drawnAt && formats === this.#formats) return;
    this.#drawnAt = last;
    this.#formats = formats;
    const data: uPlot.AlignedData = [this.#samples.times, this.#samples.ages, this.#samples.roundTrips];
    if (this.#plot === undefined) this.#plot = new this.#UPlot(this.#options(), data, this.#place);
    else this.#plot.setData(data);
  }

  #options(): uPlot.Options {
    // A canvas cannot use custom properties, so read the colours from elements that use them.
    const colorOf = (node: Element) => () => getComputedStyle(node).color;
    const quiet = colorOf(this.#place);
    const axis: uPlot.Axis = {
      stroke: quiet,
      grid: { stroke: () => getComputedStyle(this.#place).borderTopColor, width: 1 },
      ticks: { show: false },
      font: '12px system-ui, sans-serif',
    };
    const seconds = (values: number[]) => values.map((value) => this.#formats?.time.format(value * 1000) ?? '');
    return {
      ...this.#size(),
      padding: [8, 28, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { range: (_, __, last) => [last - this.#samples.spanSeconds, last] },
        y: { range: (_, low, high) => [Math.min(0, low ?? 0), Math.max(MIN_TOP_MILLIS, 1.15 * (high ?? 0))] },
      },
      axes: [
        { ...axis, space: 90, size: 30, values: (_, values) => seconds(values) },
        { ...axis, space: 36, size: 48 },
      ],
      series: [
        {},
        { stroke: colorOf(this.#ageMark), width: 2, points: { show: false } },
        { stroke: colorOf(this.#roundTripMark), width: 2, points: { show: false }, dash: [6, 4] },
      ],
    };
  }

  #size(): { readonly width: number; readonly height: number } {
    return { width: this.#place.clientWidth, height: this.#place.clientHeight };
  }
}
